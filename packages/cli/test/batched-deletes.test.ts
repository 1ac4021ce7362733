import { createServer, request as sendRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import OSS from 'ali-oss'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { Bench } from './command.js'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

let bench: Bench
let store: OSS
beforeAll(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
})
afterEach(() => bench.cloud.faults.clear())
afterAll(() => bench.close())

async function fill(prefix: string, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += 50)
    await Promise.all(names.slice(at, at + 50).map((name) => store.put(`${prefix}/${name}`, Buffer.from('x'))))
}
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `object ${index}`)
const asked = (operation: string) => bench.cloud.requests.filter((request) => request.operation === operation).length
const keysBelow = async (prefix: string) => {
  const { objects = [] } = (await store.listV2({ prefix, 'max-keys': '1000' }, {})) as unknown as {
    objects?: { name: string }[]
  }
  return objects.map(({ name }) => name)
}

test('a thousand objects are deleted with one request; each is told of', async () => {
  await fill('many', numbered(1203))
  bench.cloud.clearRequests()
  const ended = await bench.run('rm', '-r', '--yes', '--json', 'oss://my-bucket/many')
  expect(ended.code).toBe(0)
  expect(ended.json.filter(({ type }) => type === 'deleted')).toHaveLength(1203)
  expect(ended.json.at(-1)).toMatchObject({ type: 'summary', done: 1203, failed: 0 })
  expect(asked('DeleteMultipleObjects')).toBe(2)
  expect(asked('DeleteObject')).toBe(0)
  expect(await keysBelow('many')).toEqual([])
})

test('keys that XML cannot hold, or might lose something of, are deleted one by one', async () => {
  const names = ['a', '& < > " \'', '%41+', ' begins', 'ends ', 'new\nline', 'esc\u001b', '文件', '\u{1f600}']
  await fill('odd', names)
  // What begins so is another object.
  await store.put('odd-one', Buffer.from('x'))
  bench.cloud.clearRequests()
  expect((await bench.run('rm', '-r', '--yes', 'oss://my-bucket/odd')).code).toBe(0)
  expect(await keysBelow('odd')).toEqual(['odd-one'])
  expect(asked('DeleteMultipleObjects')).toBe(1)
  expect(asked('DeleteObject')).toBe(3)
})

test('when many may not be deleted together, each is tried', async () => {
  await fill('denied', numbered(5))
  const denied = { service: 'oss', effect: { kind: 'error', status: 403, code: 'AccessDenied' } } as const
  bench.cloud.faults.add({ ...denied, operation: 'DeleteMultipleObjects' })
  bench.cloud.faults.add({ ...denied, operation: 'DeleteObject', skip: 1 })
  const ended = await bench.run('rm', '-r', '--yes', '--json', 'oss://my-bucket/denied')
  expect(ended.code).toBe(8)
  expect(ended.json.at(-1)).toMatchObject({ done: 4, failed: 1, failedWith: { AccessDenied: 1 } })
  expect(ended.json.filter(({ type }) => type === 'error')).toMatchObject([
    { object: 'oss://my-bucket/denied/object 1', code: 'AccessDenied' },
  ])
  expect(await keysBelow('denied')).toEqual(['denied/object 1'])
})

test('what the answer does not say to be deleted is not taken for deleted', async () => {
  await fill('silent', numbered(4))
  const { hostname, port } = new URL(bench.cloud.oss.endpoint)
  // Answers for OSS that two are gone, and leaves everything where it is; single deletions of one are denied.
  const proxy: Server = createServer((incoming, outgoing) => {
    const { method, url = '', headers } = incoming
    if (method === 'POST' && /[?&]delete\b/.test(url)) {
      incoming.resume()
      const told = ['silent/object 0', 'silent/object 1'].map((key) => `<Deleted><Key>${key}</Key></Deleted>`)
      outgoing.writeHead(200, { 'content-type': 'application/xml' })
      outgoing.end(`<?xml version="1.0" encoding="UTF-8"?><DeleteResult>${told.join('')}</DeleteResult>`)
      return
    }
    if (method === 'DELETE' && url.includes('object%203')) {
      outgoing.writeHead(403, { 'content-type': 'application/xml' })
      outgoing.end('<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code></Error>')
      return
    }
    const passedOn = sendRequest({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(passedOn)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  try {
    const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const ended = await bench.run('rm', '-r', '--yes', '--json', '--endpoint', endpoint, 'oss://my-bucket/silent')
    expect(ended.code).toBe(8)
    expect(ended.json.at(-1)).toMatchObject({ done: 3, failed: 1 })
    expect(await keysBelow('silent')).toEqual(['silent/object 0', 'silent/object 1', 'silent/object 3'])
  } finally {
    proxy.closeAllConnections()
    proxy.close()
  }
})

test('sync --delete deletes them together, too', async () => {
  await fill('synced', numbered(30))
  await bench.shell("mkdir kept; printf x > 'kept/object 7'")
  bench.cloud.clearRequests()
  const { json } = await bench.run('sync', '--delete', '--json', 'kept', 'oss://my-bucket/synced')
  expect(json.at(-1)).toMatchObject({ type: 'summary', deleted: 29 })
  expect(asked('DeleteMultipleObjects')).toBe(1)
  expect(await keysBelow('synced')).toEqual(['synced/object 7'])
})
