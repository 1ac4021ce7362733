import type { UserMeta } from 'ali-oss'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { CommandContext, CommandSpec } from '../command-spec.js'
import { explainError } from '../explain-error.js'
import type { ExitName } from '../exit-codes.js'

export const demo: CommandSpec = {
  name: 'demo',
  summary: 'store a file encrypted in an OSS on this machine, and show what happens',
  args: '[file]',
  details: 'Needs no account; nothing of it stays.',
  cloud: false,
  options: [],
  examples: ['osscrypt demo'],
  run,
}

async function run({ args, report, signal }: CommandContext): Promise<ExitName> {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-demo-'))
  const { startLocalCloud } = await import('osscrypt-local')
  const cloud = await startLocalCloud({ folder: join(folder, 'cloud'), buckets: ['demo-bucket'] })
  let failed = 0
  const say = (step: string, ok: boolean) => {
    if (!ok) failed++
    report.event({ type: 'step', step, ok }, `${ok ? 'ok      ' : 'FAILED  '}${step}`)
  }
  try {
    const { default: OSS } = await import('ali-oss')
    const { KmsDataKeyProvider } = await import('osscrypt')
    const { OssEncryptionClient } = await import('osscrypt/oss')
    const file = join(folder, args[0] === undefined ? 'salaries.txt' : basename(args[0]))
    if (args[0] === undefined)
      await writeFile(file, 'Salaries 2026: Ada 9000, Grace 9500. Nobody else may read this.\n')
    else await copyFile(args[0], file)
    const output = join(folder, 'output')
    await mkdir(output)
    const name = basename(file)
    const plaintext = await readFile(file)
    const store = new OSS(cloud.ossOptions('demo-bucket'))
    const cmk = await cloud.createKey()
    const dataKeys = new KmsDataKeyProvider(cmk, { endpoint: cloud.kms.endpoint, credentials: cloud.credentials })
    const client = new OssEncryptionClient({ store, dataKeys })
    const refused = async (work: () => Promise<unknown>): Promise<string> => {
      try {
        await work()
        return 'nothing'
      } catch (error) {
        return explainError(error).code
      }
    }

    await client.put(name, file, { signal })
    say(`${name} was encrypted here, under a data key that KMS made, and stored`, true)
    const stored = (await store.get(name)).content as Buffer
    say('what OSS holds is ciphertext', plaintext.length === 0 || !stored.equals(plaintext))
    await client.get(name, join(output, 'whole'), { signal })
    say('read back and verified, it is the same', (await readFile(join(output, 'whole'))).equals(plaintext))
    await rm(join(output, 'whole'))

    await store.copy(`other-${name}`, name)
    const swapped = await refused(() => client.get(`other-${name}`, join(output, 'swapped')))
    say(`passed off as another object, it is refused: ${swapped}`, swapped === 'BindingMismatch')
    const head = await store.head(name)
    const meta = { ...(head.meta as unknown as Record<string, string>) }
    if (stored.length > 0) {
      stored[0] = (stored[0] ?? 0) ^ 1
      await store.put(name, stored, { meta: meta as unknown as UserMeta })
      const tampered = await refused(() => client.get(name, join(output, 'tampered')))
      say(`with one bit changed in OSS, it is refused: ${tampered}`, tampered === 'IntegrityFailed')
    }
    say('none of the refused reads left a file', (await readdir(output)).length === 0)
    return failed === 0 ? 'ok' : 'failure'
  } finally {
    await cloud.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
