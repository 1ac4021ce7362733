import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OSS from 'ali-oss'
import { afterEach, describe, expect, test } from 'vitest'
import { type LocalCloud, LocalCloudError, type LocalCloudOptions, startLocalCloud } from '../src/index.js'
import { callKms } from './kms/call-kms.js'
import { targetOf } from './kms/target.js'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
})

async function start(options?: LocalCloudOptions): Promise<LocalCloud> {
  const cloud = await startLocalCloud(options)
  ends.push(() => cloud.close())
  return cloud
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-local-test-'))
  ends.push(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

describe('a local cloud', () => {
  test('has a KMS and an OSS that the real clients can use', async () => {
    const cloud = await start()
    const cmk = await cloud.createKey()
    expect(cmk).toMatch(/^acs:kms:cn-hangzhou:1234567890123456:key\/[0-9a-f-]{36}$/)
    await cloud.createBucket('my-bucket')
    await cloud.createBucket('my-bucket')
    const store = new OSS(cloud.ossOptions('my-bucket'))
    await store.put('a/b.txt', Buffer.from('hello'), { meta: { one: '1' } as never })
    expect((await store.get('a/b.txt')).content).toEqual(Buffer.from('hello'))
    const { KeyId } = await callKms(targetOf(cloud), 'GenerateDataKey', { KeyId: cmk })
    expect(cmk.endsWith(KeyId)).toBe(true)
    expect(cloud.requests.map(({ service, operation }) => `${service} ${operation}`)).toEqual([
      'oss PutBucket',
      'oss PutBucket',
      'oss PutObject',
      'oss GetObject',
      'kms GenerateDataKey',
    ])
    cloud.clearRequests()
    expect(cloud.requests).toEqual([])
  })

  test('tells the official KMS client how to reach it', async () => {
    const cloud = await start()
    const cmk = await cloud.createKey()
    const { endpoint, protocol, regionId, ...credentials } = cloud.kmsConfig()
    expect(regionId).toBe(cloud.region)
    const { KeyId } = await callKms({ endpoint, protocol, credentials }, 'GenerateDataKey', { KeyId: cmk })
    expect(cmk.endsWith(KeyId)).toBe(true)
  })

  test('listens on 127.0.0.1 alone', async () => {
    const cloud = await start()
    expect(cloud.kms.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(cloud.oss.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(cloud.sts.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  test('takes its temporary folder away, and ends connections that do nothing', async () => {
    const cloud = await start()
    await fetch(cloud.kms.endpoint).then((response) => response.text())
    expect(existsSync(cloud.folder)).toBe(true)
    await cloud.close()
    await cloud.close()
    expect(existsSync(cloud.folder)).toBe(false)
    await expect(fetch(cloud.kms.endpoint)).rejects.toThrow()
  })

  test('ends with its block', async () => {
    let folder: string
    {
      await using cloud = await startLocalCloud()
      folder = cloud.folder
    }
    expect(existsSync(folder)).toBe(false)
  })

  test('keeps keys, aliases, buckets, objects and the access key in a folder that is given', async () => {
    const folder = join(makeFolder(), 'new', 'folder')
    const first = await start({ folder, buckets: ['kept'] })
    const cmk = await first.createKey({ alias: 'alias/mine', region: 'eu-central-1' })
    const key = await callKms(targetOf(first), 'GenerateDataKey', { KeyId: cmk })
    await new OSS(first.ossOptions('kept')).put('x', Buffer.from('y'))
    await first.close()

    const second = await start({ folder })
    expect(second.credentials).toEqual(first.credentials)
    expect(await second.findKey('acs:kms:eu-central-1:1234567890123456:alias/mine')).toBe(cmk)
    expect(await second.findKey('alias/mine')).toBeUndefined()
    const again = await callKms(targetOf(second), 'Decrypt', { CiphertextBlob: key.CiphertextBlob })
    expect(again.Plaintext).toBe(key.Plaintext)
    expect((await new OSS(second.ossOptions('kept')).get('x')).content).toEqual(Buffer.from('y'))
  })

  test('lets no one else read its folder', async () => {
    const cloud = await start({ folder: join(makeFolder(), 'cloud') })
    await cloud.createKey({ alias: 'alias/a' })
    const paths = readdirSync(cloud.folder, { recursive: true, withFileTypes: true })
    const files = paths.filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(cloud.folder, 'oss')))
    expect(files.length).toBeGreaterThanOrEqual(4)
    for (const file of files) expect(statSync(join(file.parentPath, file.name)).mode & 0o777).toBe(0o600)
    for (const name of ['', 'kms', 'oss', 'sts']) expect(statSync(join(cloud.folder, name)).mode & 0o777).toBe(0o700)
  })

  test('refuses a folder that another one has', async () => {
    const folder = makeFolder()
    await start({ folder })
    const error: unknown = await startLocalCloud({ folder }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(LocalCloudError)
    expect(error).toMatchObject({ code: 'FOLDER_LOCKED' })
    expect((error as Error).message).toContain(`process ${String(process.pid)}`)
  })

  test('takes over the folder of a process that is gone', async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, token: 'x' }))
    await start({ folder })
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid })
  })

  test('takes over the folder of an earlier process with its own number', async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, startedAt: 'boot/1', token: 'x' }))
    if (existsSync('/proc/self/stat')) await start({ folder })
  })

  test('says that a port is taken, and leaves nothing behind', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    ends.push(() => void other.close())
    const { port } = other.address() as AddressInfo
    const folder = makeFolder()
    for (const options of [{ kmsPort: port }, { ossPort: port }, { stsPort: port }]) {
      await expect(startLocalCloud({ folder, ...options })).rejects.toMatchObject({ code: 'PORT_TAKEN' })
    }
    await start({ folder })
  })

  test.each([
    ['credentials.json', '{"accessKeyId":"a"}'],
    ['kms/keys/0123.json', '{"id":"a"}'],
    ['kms/keys/0123.json', 'null'],
    ['kms/aliases/0123.json', '{'],
  ])('says that %s is damaged', async (name, content) => {
    const folder = makeFolder()
    await (await start({ folder })).close()
    writeFileSync(join(folder, name), content)
    await expect(startLocalCloud({ folder })).rejects.toMatchObject({ code: 'STATE_UNREADABLE' })
    await expect(startLocalCloud({ folder })).rejects.toThrow(name)
  })

  test('blacks out signatures and tokens in its recording', async () => {
    const cloud = await start({ accessKeys: [{ accessKeyId: 'id', accessKeySecret: 'se', securityToken: 'to+ken' }] })
    await callKms(targetOf(cloud), 'ListKeys', {}, { signature: 'v1' })
    const [request] = cloud.requests
    expect(request?.url).toContain('Signature=***')
    expect(request?.url).toContain('SecurityToken=***')
    expect(request?.url).not.toContain('%2Bken')
  })

  test('refuses an empty list of access keys', async () => {
    await expect(startLocalCloud({ accessKeys: [] })).rejects.toThrow(TypeError)
  })
})
