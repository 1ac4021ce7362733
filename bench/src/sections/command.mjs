import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatLength } from '../format-length.mjs'
import { startCloud } from '../local-cloud.mjs'
import { SourceFile } from '../source-file.mjs'
import { timeProcess } from '../time-process.mjs'

const MIB = 2 ** 20
const AGE_GOAL = 0.85
const PIPELINE_GOAL = 0.4

const command = fileURLToPath(new URL('../../../packages/cli/bin/osscrypt.js', import.meta.url))
const pipelineProgram = fileURLToPath(new URL('../plain-pipeline.mjs', import.meta.url))

/** @typedef {{ name: string; encrypt: string[]; decrypt: string[]; goal: number }} Peer */

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-bench-'))
  const { cloud, close } = await startCloud()
  try {
    const source = new SourceFile(join(folder, 'source'), (bench.quick ? 128 : 1024) * MIB)
    await source.write()
    const sealed = join(folder, 'sealed')
    const env = {
      ...process.env,
      OSSCRYPT_CMK: cloud.cmkArn,
      OSSCRYPT_KMS_ENDPOINT: cloud.kmsEndpoint,
      OSSCRYPT_REGION: 'cn-hangzhou',
      ALIBABA_CLOUD_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: cloud.credentials.accessKeySecret,
    }
    await promisify(execFile)(process.execPath, [command, 'encrypt', source.path, '-o', sealed], { env })
    const age = startAge(folder, source.path)
    const pipeline = {
      name: 'a pipeline of Node’s streams',
      encrypt: [process.execPath, pipelineProgram, 'encrypt', source.path],
      decrypt: [process.execPath, pipelineProgram, 'decrypt', source.path],
      goal: PIPELINE_GOAL,
    }
    /** @type {readonly Peer[]} */
    const peers = age ? [age, pipeline] : [pipeline]
    for (const direction of /** @type {const} */ (['encrypt', 'decrypt'])) {
      const input = direction === 'encrypt' ? source.path : sealed
      await bench.compete({
        name: `osscrypt ${direction}, a file of ${formatLength(source.length)}, nothing kept`,
        unit: 's',
        better: 'lower',
        ours: () => timeProcess([process.execPath, command, direction, input], env),
        peers: peers.map(({ name, [direction]: parameters, goal }) => ({
          name,
          measure: () => timeProcess(parameters, env),
          goal,
        })),
      })
    }
  } finally {
    await close()
    rmSync(folder, { recursive: true })
  }
}

/**
 * `age` with a key of its own, where it is installed.
 *
 * @param {string} folder
 * @param {string} source
 * @returns {Peer | undefined}
 */
function startAge(folder, source) {
  const identity = join(folder, 'identity')
  const sealed = join(folder, 'sealed.age')
  try {
    execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' })
  } catch {
    console.error('age is not installed: not compared with')
    return undefined
  }
  const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim()
  execFileSync('age', ['-r', recipient, '-o', sealed, source])
  return {
    name: 'age',
    encrypt: ['age', '-r', recipient, source],
    decrypt: ['age', '-d', '-i', identity, sealed],
    goal: AGE_GOAL,
  }
}
