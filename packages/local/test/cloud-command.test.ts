import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import OSS from 'ali-oss'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { callKms } from './kms/call-kms.js'

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'osscrypt-local-test-'))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

class Command {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly exit: Promise<number | null>

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [bin, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(this.child)
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    this.exit = new Promise((resolve) => this.child.once('close', resolve))
  }

  /** What it printed, once that has the text in it. */
  async printed(text: string): Promise<string> {
    while (!this.stdout.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return this.stdout
  }
}

interface Told {
  readonly kms: { readonly endpoint: string }
  readonly oss: { readonly endpoint: string }
  readonly sts: { readonly endpoint: string }
  readonly folder: string
  readonly credentialsFile: string
  readonly accessKeyId: string
  readonly accessKeySecret?: string
  readonly key: string
  readonly buckets: readonly string[]
}

describe('osscrypt-local', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('starts, tells how to use it, and ends well on %s', async (signal) => {
    const command = new Command('--bucket', 'one', '--bucket', 'two')
    const text = await command.printed('Ctrl-C')
    const folder = join(root, '.osscrypt-local')
    for (const part of [
      'http://127.0.0.1:',
      'acs:kms:cn-hangzhou:',
      folder,
      'ALIBABA_CLOUD_ACCESS_KEY_ID=LOCAL',
      'one, two',
    ]) {
      expect(text).toContain(part)
    }
    const { accessKeySecret } = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as Told
    expect(text).not.toContain(accessKeySecret)
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n')
    command.child.kill(signal)
    expect(await command.exit).toBe(0)
    expect(command.stderr).toBe('')
    expect(existsSync(join(folder, 'lock'))).toBe(false)
  })

  test('prints export lines with the secret when asked to', async () => {
    const command = new Command('--folder', 'shown', '--show-credentials')
    const text = await command.printed('Ctrl-C')
    const { accessKeySecret } = JSON.parse(readFileSync(join(root, 'shown', 'credentials.json'), 'utf8')) as Told
    expect(text).toContain(`export ALIBABA_CLOUD_ACCESS_KEY_SECRET=${accessKeySecret ?? '?'}\n`)
  })

  test('--json tells programs, and what it tells works', async () => {
    const args = ['--folder', 'json', '--json', '--show-credentials', '--bucket', 'one', '--key-alias', 'mine']
    const command = new Command(...args, '--fault', '{"service":"kms","effect":{"kind":"throttle"}}')
    const told = JSON.parse(await command.printed('\n')) as Told
    expect(command.stdout.endsWith('\n')).toBe(true)
    expect(told).toMatchObject({ folder: join(root, 'json'), buckets: ['one'] })
    const { accessKeyId, accessKeySecret = '' } = told
    const target = {
      endpoint: told.kms.endpoint.replace('http://', ''),
      protocol: 'HTTP',
      credentials: { accessKeyId, accessKeySecret },
    } as const
    const sts = { ...target, endpoint: told.sts.endpoint.replace('http://', '') }
    const role = { RoleArn: 'acs:ram::1234567890123456:role/any', RoleSessionName: 'me' }
    const { Credentials } = await callKms(sts, 'AssumeRole', role, { version: '2015-04-01' })
    expect(Credentials.SecurityToken).not.toBe('')
    const generate = (): Promise<unknown> => callKms(target, 'GenerateDataKey', { KeyId: 'alias/mine' })
    await expect(generate()).rejects.toMatchObject({ code: 'Rejected.Throttling' })
    await generate()
    const store = new OSS({
      endpoint: told.oss.endpoint,
      sldEnable: true,
      bucket: 'one',
      accessKeyId,
      accessKeySecret,
    } as OSS.Options)
    await store.put('a', Buffer.from('b'))
    expect((await store.get('a')).content).toEqual(Buffer.from('b'))
  })

  test('--instance starts a KMS instance, and says where its CA is', async () => {
    const command = new Command('--folder', 'instance', '--instance')
    const text = await command.printed('Ctrl-C')
    expect(text).toMatch(/^instance +https:\/\/127\.0\.0\.1:\d+ \(kst-[0-9a-z]+, CA in .*instance-ca\.pem\)$/m)
  })

  test('has the same key after a restart', async () => {
    const told: Told[] = []
    for (let n = 0; n < 2; n += 1) {
      const command = new Command('--folder', 'again', '--json')
      told.push(JSON.parse(await command.printed('\n')) as Told)
      command.child.kill('SIGINT')
      await command.exit
    }
    expect(told[0]?.key).toBe(told[1]?.key)
    expect(told[0]?.accessKeyId).toBe(told[1]?.accessKeyId)
    expect(told[0]).not.toHaveProperty('accessKeySecret')
  })

  test('says in one line that the folder is in use', async () => {
    await new Command('--folder', 'used').printed('Ctrl-C')
    const second = new Command('--folder', 'used')
    expect(await second.exit).toBe(1)
    expect(second.stderr).toMatch(/^osscrypt-local: .*used is in use by process \d+\n$/)
    expect(second.stdout).toBe('')
  })

  test('says in one line that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const port = String((other.address() as AddressInfo).port)
    const command = new Command('--folder', 'port', '--oss-port', port)
    expect(await command.exit).toBe(1)
    expect(command.stderr).toBe(`osscrypt-local: port ${port} on 127.0.0.1 is taken\n`)
    other.close()
  })

  test.each([
    ['--nothing'],
    ['extra'],
    ['--kms-port', 'x'],
    ['--oss-port', '65536'],
    ['--sts-port', '-1'],
    ['--bucket', 'A'],
    ['--key-alias', 'a b'],
    ['--fault', '{'],
    ['--fault', '{"service":"kms","effect":{"kind":"fire"}}'],
    ['--fault', '{"service":"kms","effect":{"kind":"delay"}}'],
    ['--folder', ''],
  ])('refuses %s %s in one line', async (...args) => {
    const command = new Command(...args)
    expect(await command.exit).toBe(2)
    expect(command.stderr).toMatch(/^osscrypt-local: [^\n]+\n$/)
    expect(command.stdout).toBe('')
  })

  test('--help and --version', async () => {
    const help = new Command('--help')
    expect(await help.exit).toBe(0)
    expect(help.stdout).toContain('--show-credentials')
    const version = new Command('--version')
    expect(await version.exit).toBe(0)
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
