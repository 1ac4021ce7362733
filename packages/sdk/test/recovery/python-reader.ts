import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const program = fileURLToPath(new URL('../../../../docs/recovery/osscrypt_recover.py', import.meta.url))
const many = fileURLToPath(new URL('run_many.py', import.meta.url))

/** A Python that has the package `cryptography`; Debian's is in python3-cryptography. */
export const python = ['/usr/bin/python3', 'python3'].find(
  (path) => spawnSync(path, ['-c', 'import cryptography'], { timeout: 30_000 }).status === 0,
)
if (python === undefined)
  console.warn('There is no Python with `cryptography` here: the recovery reader is not tested.')

/** What the reader is given, each in a file of its own but the options. */
export interface Given {
  readonly body: Uint8Array
  /** An object's headers: as JSON, or as lines of text. */
  readonly metadata?: Readonly<Record<string, string>> | string | undefined
  /** A secret of Secrets Manager. */
  readonly secret?: string | undefined
  readonly dataKey: Uint8Array | string
  readonly start?: Uint8Array | string | undefined
  readonly options?: readonly string[] | undefined
}

/** How the program ended. */
interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Answer extends Ran {
  /** What was written; undefined when no file was. */
  readonly plaintext: Buffer | undefined
  /** The files that are there afterwards beside those that were given. */
  readonly left: readonly string[]
}

/** Has the reader decrypt. */
export function recover(given: Given): Promise<Answer> {
  return run(given, async (place, args) => {
    const start = given.start === undefined ? [] : ['--start', await place('start', given.start)]
    const options = given.options ?? []
    return ['decrypt', ...args, '--data-key', await place('key', given.dataKey), ...start, ...options]
  })
}

/** Has the reader say what is there, as it is said without a key. */
export function inspect(given: Omit<Given, 'dataKey'>): Promise<Answer> {
  return run(given, (_place, args) => Promise.resolve(['inspect', ...args]))
}

type Place = (name: string, content: Uint8Array | string) => Promise<string>

async function run(
  { body, metadata, secret }: Omit<Given, 'dataKey'>,
  argumentsOf: (place: Place, args: readonly string[]) => Promise<readonly string[]>,
): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  const output = join(folder, 'output')
  const given: string[] = []
  const place: Place = async (name, content) => {
    given.push(name)
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  try {
    const said = typeof metadata === 'object' ? JSON.stringify(metadata) : metadata
    const args = [
      await place('body', body),
      ...(said === undefined ? [] : ['--metadata', await place('metadata', said)]),
      ...(secret === undefined ? [] : ['--secret', await place('secret', secret)]),
    ]
    const all = await argumentsOf(place, args)
    const answer = await start([...all, ...(all[0] === 'decrypt' ? ['--output', output] : [])])
    const left = (await readdir(folder)).filter((name) => !given.includes(name))
    const plaintext = left.includes('output') ? await readFile(output) : undefined
    return { ...answer, plaintext, left }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One process for all of a file's tests: starting Python takes longer than what it does. Calls are answered in their order. */
class ManyRuns {
  readonly #child = spawn(python ?? 'python3', [many, program], { stdio: ['pipe', 'pipe', 'inherit'] })
  readonly #answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]()

  constructor() {
    this.#child.unref()
  }

  async run(args: readonly string[]): Promise<Ran> {
    this.#child.stdin.write(`${JSON.stringify(args)}\n`)
    const { value } = await this.#answers.next()
    return JSON.parse(value as string) as Ran
  }

  close(): void {
    this.#child.stdin.end()
  }
}

let manyRuns: ManyRuns | undefined
afterAll(() => {
  manyRuns?.close()
  manyRuns = undefined
})

function start(args: readonly string[]): Promise<Ran> {
  manyRuns ??= new ManyRuns()
  return manyRuns.run(args)
}

/** The program in a process of its own, as a user starts it. */
export function runAlone(args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(python ?? 'python3', ['-B', program, ...args], { encoding: 'utf8' })
  return { code: status ?? -1, stdout, stderr }
}
