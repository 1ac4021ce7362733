import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  /** Starts the command. */
  start(args: readonly string[], { env = {}, input }: { env?: Environment; input?: string | Buffer } = {}): Running {
    const all = Object.entries({ ...this.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    return run(process.execPath, [bin, ...args], this.folder, Object.fromEntries(all), input)
  }

  /** Runs the command to its end. */
  async run(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended
  }

  /** Runs a line in a shell. */
  async shell(line: string, env: Environment = {}): Promise<Ended> {
    const all = Object.entries({ ...this.env, ...env }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    return run('bash', ['-c', line], this.folder, Object.fromEntries(all)).ended
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
