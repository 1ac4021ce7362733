import { readFile, writeFile } from 'node:fs/promises'
import OSS from 'ali-oss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corsRule } from 'osscrypt/oss'
import { Bench } from './command.js'

let bench: Bench
let store: OSS
const origin = 'https://app.example.com'
const put = (rules: readonly Partial<ReturnType<typeof corsRule>>[]) =>
  store.putBucketCORS('my-bucket', rules as unknown as OSS.CORSRule[])
const doctor = (...args: string[]) => bench.run('doctor', 'oss://my-bucket', ...args)

beforeAll(async () => {
  bench = await Bench.open()
  store = new OSS(bench.cloud.ossOptions('my-bucket'))
})
afterAll(() => bench.close())

test('what works is said, line by line', async () => {
  const { code, stdout } = await doctor()
  expect(code).toBe(0)
  expect(stdout.split('\n').filter(Boolean)).toEqual([
    expect.stringMatching(/^ok {6}configuration: there is no \/.+\.toml; profile default$/),
    expect.stringMatching(/^ok {6}credentials: access key /),
    expect.stringMatching(/^ok {6}OSS at .*bucket my-bucket can be listed$/),
    expect.stringMatching(/^ok {6}CMK acs:kms:.*enabled/),
  ])
})

test('without a rule, pages are refused; the rule that is printed is one that OSS takes, and enough', async () => {
  const refused = await doctor('--origin', origin)
  expect(refused.code).toBe(6)
  expect(refused.stdout).toContain(
    `FAILED  pages of ${origin}: no rule of bucket my-bucket has the origin (CorsDenied)`,
  )
  const document = refused.stdout.slice(refused.stdout.indexOf('<?xml'))
  await writeFile(bench.path('cors.xml'), document)
  await putDocument(await readFile(bench.path('cors.xml'), 'utf8'))
  const { code, stdout } = await doctor('--origin', origin)
  expect(stdout).toContain(`ok      pages of ${origin}`)
  expect(code).toBe(0)
})

test.each([
  ['a method', { allowedMethod: ['GET'] }, 'lacks HEAD, PUT, POST, DELETE'],
  ['headers', { allowedHeader: ['content-type'] }, 'AllowedHeader *'],
  ['a header that is not exposed', { exposeHeader: ['ETag'] }, 'ExposeHeader x-oss-meta-x-oss-meta-header'],
])('a rule that lacks %s is too little', async (_what, change, says) => {
  await put([{ ...corsRule([origin]), ...change }])
  const { code, stdout } = await doctor('--origin', origin)
  expect(code).toBe(6)
  expect(stdout).toContain(says)
})

test('the first rule that has the origin counts; one star stands for anything', async () => {
  await put([{ ...corsRule(['https://*.example.com']), exposeHeader: ['ETag'] }, corsRule([origin])])
  expect((await doctor('--origin', origin)).code).toBe(6)
  await put([corsRule(['https://other.example.com']), corsRule(['https://*.example.com'])])
  expect((await doctor('--origin', origin)).code).toBe(0)
  expect((await doctor('--origin', origin, '--origin', 'https://example.org')).code).toBe(6)
})

test('an origin is one, and of a bucket’s pages', async () => {
  for (const wrong of ['app.example.com', 'https://app.example.com/', 'https://app.example.com/page'])
    expect((await doctor('--origin', wrong)).code).toBe(2)
  expect((await bench.run('doctor', '--origin', origin)).code).toBe(2)
})

/** As `ossutil cors --method put` sends it. */
async function putDocument(document: string): Promise<void> {
  const signed = store as unknown as {
    _bucketRequestParams(method: string, bucket: string, subres: string): Record<string, unknown>
    request(parameters: Record<string, unknown>): Promise<unknown>
  }
  await signed.request({
    ...signed._bucketRequestParams('PUT', 'my-bucket', 'cors'),
    content: document,
    mime: 'xml',
    successStatuses: [200],
  })
}
