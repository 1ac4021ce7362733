import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { startLocalCloud, type LocalCloud, type LocalCloudOptions } from 'osscrypt-local'

/** The built command, as users have it. */
const bin = fileURLToPath(new URL('../bin/osscrypt.js', import.meta.url))

/** What a run of the command ended with. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Of stdout, with `--json`. */
  readonly json: readonly Readonly<Record<string, unknown>>[]
}

/** A run of the command that goes on. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

type Environment = Readonly<Record<string, string | undefined>>

/** An environment with nothing in it of the user's own. */
function cleanEnvironment(folder: string, more: Environment = {}): Record<string, string> {
  const all = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_DATA_HOME: join(folder, 'data'),
    ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true',
    ...more,
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** An environment in which a shell finds `osscrypt`. */
export function installCommand(folder: string, more: Environment = {}): Record<string, string> {
  const path = join(folder, 'bin')
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'osscrypt'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`)
  chmodSync(join(path, 'osscrypt'), 0o755)
  const env = cleanEnvironment(folder, more)
  return { ...env, PATH: `${path}:${env['PATH'] ?? ''}` }
}

/** A cloud, a folder to work in, and the command in both. */
export class Bench {
  readonly folder: string
  readonly cloud: LocalCloud
  readonly cmk: string
  readonly env: Record<string, string>

  private constructor(folder: string, cloud: LocalCloud, cmk: string) {
    this.folder = folder
    this.cloud = cloud
    this.cmk = cmk
    this.env = installCommand(folder, {
      OSS_ENDPOINT: cloud.oss.endpoint,
      OSS_REGION: cloud.region,
      KMS_ENDPOINT: cloud.kms.endpoint,
      OSSCRYPT_CMK: cmk,
      ALIBABA_CLOUD_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: cloud.credentials.accessKeySecret,
    })
  }

  static async open(options: LocalCloudOptions = {}): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), 'osscrypt-cli-test-'))
    const cloud = await startLocalCloud({ buckets: ['my-bucket', 'other-bucket'], ...options })
    return new Bench(folder, cloud, await cloud.createKey())
  }

  async close(): Promise<void> {
    await this.cloud.close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Starts the built command, in a process of its own. */
  start(args: readonly string[], { env = {}, input }: { env?: Environment; input?: string | Buffer } = {}): Running {
    const all = Object.entries({ ...this.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    return run(process.execPath, [bin, ...args], this.folder, Object.fromEntries(all), input)
  }

  /** Runs the command to its end, in this process: a process for each would take most of the time that tests take. */
  async run(...args: readonly string[]): Promise<Ended> {
    return this.runIn({}, ...args)
  }

  /** As `run`, in an environment that has more, or, where a value is undefined, less. */
  async runIn(env: Environment, ...args: readonly string[]): Promise<Ended> {
    return runHere(args, this.folder, { ...this.env, ...env })
  }

  /** Runs a line in a shell. */
  async shell(line: string, env: Environment = {}): Promise<Ended> {
    const all = Object.entries({ ...this.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    return run('bash', ['-c', line], this.folder, Object.fromEntries(all)).ended
  }
}

/** One at a time: the folder, the environment and the streams are the process's. */
let before: Promise<unknown> = Promise.resolve()

function runHere(args: readonly string[], cwd: string, env: Environment): Promise<Ended> {
  const next = before.then(() => runInPlaceOf(args, cwd, env))
  before = next.catch(() => undefined)
  return next
}

async function runInPlaceOf(args: readonly string[], cwd: string, env: Environment): Promise<Ended> {
  const { runProgram } = await import('../src/run-program.js')
  const [stdout, stderr] = [new Captured(), new Captured()]
  const streams = { stdin: Readable.from([]), stdout, stderr }
  const kept = { cwd: process.cwd(), env: { ...process.env } }
  const properties = Object.keys(streams).map(
    (name) => [name, Object.getOwnPropertyDescriptor(process, name)!] as const,
  )
  process.chdir(cwd)
  setEnvironment(env)
  for (const [name, value] of Object.entries(streams))
    Object.defineProperty(process, name, { value, configurable: true })
  try {
    const code = await runProgram(args)
    return { code, stdout: stdout.text(), stderr: stderr.text(), json: parseLines(stdout.text()) }
  } finally {
    for (const [name, property] of properties) Object.defineProperty(process, name, property)
    setEnvironment(kept.env)
    process.chdir(kept.cwd)
  }
}

function setEnvironment(env: Environment): void {
  for (const name of Object.keys(process.env)) if (env[name] === undefined) Reflect.deleteProperty(process.env, name)
  for (const [name, value] of Object.entries(env)) if (value !== undefined) process.env[name] = value
}

/** What is written to a pipe. */
class Captured extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk))
    done()
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString()
  }
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  input?: string | Buffer,
): Running {
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      const stdout = Buffer.concat(out).toString()
      resolve({ code, stdout, stderr: Buffer.concat(err).toString(), json: parseLines(stdout) })
    })
  })
  return { child, ended }
}

/** None when it is no JSON. */
function parseLines(stdout: string): Record<string, unknown>[] {
  if (!stdout.startsWith('{')) return []
  const lines = stdout.split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}
