import { Buffer as Bytes } from 'node:buffer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer, type RawRequest } from './raw-request.js'

let local: LocalOss

beforeAll(async () => {
  local = await startLocalOss()
})
afterAll(() => local.close())

const prefix = 'x-oss-meta-client-side-encryption-'
const said = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]))
const key = { key: 'a2V5', start: 'c3RhcnQ=', 'cek-alg': 'AES/CTR/NoPadding', 'wrap-alg': 'RSA/NONE/PKCS1Padding' }
const sizes = { 'data-size': '204801', 'part-size': '102400' }

const send = (raw: RawRequest, resource = raw.path): Promise<RawAnswer> =>
  sendRaw(local.port, signV1(ACCESS_KEY, raw, resource, Date.now()))
const put = (headers: Record<string, string>, name = 'object') =>
  send({ method: 'PUT', path: `/${BUCKET}/${name}`, headers, body: Bytes.from('x') })
const initiate = (headers: Record<string, string>) =>
  send({ method: 'POST', path: `/${BUCKET}/object?uploads`, headers })
const codeOf = ({ body }: RawAnswer) => /<EC>(.*)<\/EC>/.exec(String(body))?.[1]

describe('what stands beside an object that an OSS SDK encrypted has to be whole', () => {
  test.each([
    ['key', '0005-00000401'],
    ['start', '0005-00000402'],
    ['cek-alg', '0005-00000403'],
    ['wrap-alg', '0005-00000404'],
  ])('%s', async (name, ec) => {
    const headers = said(Object.fromEntries(Object.entries({ ...key, ...sizes }).filter(([each]) => each !== name)))
    for (const answer of [await put(headers), await initiate(headers)]) {
      expect(answer.status).toBe(400)
      expect(codeOf(answer)).toBe(ec)
    }
  })

  test.each([
    [{ ...key, 'wrap-alg': 'rsa', ...sizes }, '0005-00000405'],
    [{ ...key, 'part-size': '102400' }, '0005-00000406'],
    [{ ...key, 'data-size': '204801' }, '0005-00000407'],
    [{ ...key, ...sizes, 'data-size': '1e5' }, '0005-00000408'],
  ])('an upload in parts %#', async (values, ec) => {
    expect(codeOf(await initiate(said(values)))).toBe(ec)
  })

  test('and nothing is asked of other objects', async () => {
    expect((await put({})).status).toBe(200)
    expect((await put(said(key))).status).toBe(200)
    expect((await put(said({ ...key, 'wrap-alg': 'rsa', 'magic-number-hmac': 'x' }))).status).toBe(200)
  })
})

describe('a part', () => {
  const begin = async () =>
    /<UploadId>(.*)<\/UploadId>/.exec(String((await initiate(said({ ...key, ...sizes }))).body))?.[1] ?? ''
  const part = async (
    number: number,
    length: number,
    values: Record<string, string> = {},
    how: Record<string, string> = {},
  ) => {
    const resource = `/${BUCKET}/object?partNumber=${number}&uploadId=${await begin()}`
    return send({ method: 'PUT', path: resource, headers: { ...said(values), ...how }, body: Bytes.alloc(length) })
  }

  test('may say nothing, or what the upload says', async () => {
    expect((await part(1, 102_400)).status).toBe(200)
    expect((await part(2, 102_400, { ...key, ...sizes })).status).toBe(200)
    expect((await part(3, 1)).status).toBe(200)
  })

  test.each([
    [1, 102_400, { start: 'b3RoZXI=' }, '0005-00000413'],
    [1, 102_400, { 'part-size': '102416' }, '0005-00000417'],
    [1, 102_400, { 'data-size': '1' }, '0005-00000418'],
    [4, 1, {}, '0005-00000411'],
    [1, 102_399, {}, '0005-00000419'],
    [3, 2, {}, '0005-00000420'],
  ])('number %i of %i bytes that says %j is refused', async (number, length, values, ec) => {
    expect(codeOf(await part(number, length, values))).toBe(ec)
  })

  test('is measured where nobody says before its end how long it is', async () => {
    const chunked = { 'transfer-encoding': 'chunked' }
    expect((await part(1, 102_400, {}, chunked)).status).toBe(200)
    expect((await part(3, 1, {}, chunked)).status).toBe(200)
    for (const length of [102_399, 102_401]) expect(codeOf(await part(1, length, {}, chunked))).toBe('0005-00000419')
    expect(codeOf(await part(3, 2, {}, chunked))).toBe('0005-00000420')
  })
})

test('metadata stays as it is, and no part is made of such an object', async () => {
  await put(said(key))
  const source = { 'x-oss-copy-source': `/${BUCKET}/object` }
  const replace = { ...source, 'x-oss-metadata-directive': 'REPLACE' }
  const copy = (name: string, headers: Record<string, string>) =>
    send({ method: 'PUT', path: `/${BUCKET}/${name}`, headers })
  expect(codeOf(await copy('object', replace))).toBe('0005-00000421')
  expect(codeOf(await copy('other', replace))).toBe('0005-00000421')
  expect((await copy('other', source)).status).toBe(200)
  const upload = /<UploadId>(.*)<\/UploadId>/.exec(String((await initiate({})).body))?.[1] ?? ''
  const path = `/${BUCKET}/object?partNumber=1&uploadId=${upload}`
  expect(codeOf(await send({ method: 'PUT', path, headers: source }))).toBe('0042-00000309')
})
