import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer } from './raw-request.js'
import { createClient, type Client } from './target.js'

const OTHER = 'osscrypt-reports'
let local: LocalOss
let client: Client

beforeAll(async () => {
  local = await startLocalOss({ buckets: [BUCKET, OTHER] })
  client = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY })
})
afterAll(() => local.close())

/** Sends a signed request about the bucket's setting. */
function setting(method: string, query: string, body = '', name = BUCKET): Promise<RawAnswer> {
  const path = `/${name}/?${query}`
  const headers = { 'content-length': Buffer.byteLength(body) }
  return sendRaw(local.port, signV1(ACCESS_KEY, { method, path, headers, body }, path))
}

describe('encryption', () => {
  const rule = (content: string): string =>
    `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>${content}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`

  test('is kept, told and applied to what says nothing else', async () => {
    expect(await setting('GET', 'encryption')).toMatchObject({ status: 404, code: 'NoSuchServerSideEncryptionRule' })
    await client.putBucketEncryption(BUCKET, { SSEAlgorithm: 'KMS', KMSMasterKeyID: 'a-key' })
    const { encryption } = await client.getBucketEncryption(BUCKET)
    expect(encryption).toMatchObject({ SSEAlgorithm: 'KMS', KMSMasterKeyID: 'a-key' })
    expect((await client.getBucketInfo(BUCKET)).bucket.ServerSideEncryptionRule.SSEAlgorithm).toBe('KMS')
    await client.put('by-default', Buffer.from('x'))
    const told = { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'a-key' }
    expect((await client.head('by-default')).res.headers).toMatchObject(told)
    await client.put('by-request', Buffer.from('x'), { headers: { 'x-oss-server-side-encryption': 'AES256' } })
    expect((await client.head('by-request')).res.headers['x-oss-server-side-encryption']).toBe('AES256')
    await client.deleteBucketEncryption(BUCKET)
    expect((await setting('GET', 'encryption')).status).toBe(404)
  })

  test.each([
    '<SSEAlgorithm>BOGUS</SSEAlgorithm>',
    '<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>',
    '',
  ])('is refused as %s', async (content) => {
    expect((await setting('PUT', 'encryption', rule(content))).status).toBe(400)
  })
})

test('who pays is kept and told', async () => {
  const payer = (name: string): string =>
    `<RequestPaymentConfiguration><Payer>${name}</Payer></RequestPaymentConfiguration>`
  expect(String((await setting('GET', 'requestPayment')).body)).toContain('<Payer>BucketOwner</Payer>')
  await client.putBucketRequestPayment(BUCKET, 'Requester')
  expect((await client.getBucketRequestPayment(BUCKET)).payer).toBe('Requester')
  expect((await setting('PUT', 'requestPayment', payer('Nobody'))).code).toBe('MalformedXML')
  await client.put('paid', Buffer.from('x'), { headers: { 'x-oss-request-payer': 'requester' } })
})

describe('CORS', () => {
  const page = 'https://app.example.com'
  const preflight = (headers: Record<string, string>, path = `/${BUCKET}/key?uploads`): Promise<RawAnswer> =>
    sendRaw(local.port, { method: 'OPTIONS', path, headers })
  const asked = { origin: page, 'access-control-request-method': 'PUT' }

  beforeAll(async () => {
    await client.put('key', Buffer.from('x'))
  })

  test('lets nobody in without rules', async () => {
    expect(await setting('GET', 'cors')).toMatchObject({ status: 404, code: 'NoSuchCORSConfiguration' })
    const refused = await preflight(asked)
    expect([refused.status, refused.code]).toEqual([403, 'AccessForbidden'])
    expect(String(refused.body)).toContain('<Message>CORSResponse: CORS is not enabled for this bucket.</Message>')
    const { headers } = (await client.get('key', { headers: { Origin: page } })).res
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  test('lets in whom the first rule that matches lets in', async () => {
    const exposed = ['ETag', 'x-oss-request-id']
    await client.putBucketCORS(BUCKET, [
      {
        allowedOrigin: 'https://*.example.com',
        allowedMethod: ['GET', 'PUT'],
        allowedHeader: 'x-oss-*',
        exposeHeader: exposed,
        maxAgeSeconds: '60',
      },
      { allowedOrigin: '*', allowedMethod: 'GET' },
    ])
    const { rules } = await client.getBucketCORS(BUCKET)
    expect(rules).toMatchObject([{ allowedOrigin: 'https://*.example.com' }, { allowedOrigin: '*' }])
    const allowed = await preflight({ ...asked, 'access-control-request-headers': 'x-oss-date, X-OSS-Meta-A' })
    expect(allowed.status).toBe(200)
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-oss-date, x-oss-meta-a',
      'access-control-expose-headers': 'ETag, x-oss-request-id',
      'access-control-max-age': '60',
    })
    for (const refused of [
      { ...asked, 'access-control-request-method': 'DELETE' },
      { ...asked, origin: 'https://example.com' },
      { ...asked, 'access-control-request-headers': 'authorization' },
      { origin: page },
    ]) {
      const answer = await preflight(refused)
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined])
    }
    // A signed URL is signed for the request that follows, not for the question.
    const signed = `/${BUCKET}/key?uploads&Expires=1&OSSAccessKeyId=nobody&Signature=none`
    expect((await preflight(asked, signed)).status).toBe(200)
    const other = await preflight({ origin: 'http://other', 'access-control-request-method': 'GET' })
    expect(other.headers['access-control-allow-origin']).toBe('*')
  })

  test('lets the page see answers, refusals too', async () => {
    const shown = { 'access-control-allow-origin': page, 'access-control-expose-headers': 'ETag, x-oss-request-id' }
    expect((await client.get('key', { headers: { Origin: page } })).res.headers).toMatchObject(shown)
    const refused = await sendRaw(local.port, { path: `/${BUCKET}/key`, headers: { origin: page } })
    expect([refused.status, refused.headers]).toEqual([403, expect.objectContaining(shown)])
    const unseen = await client.delete('key', { headers: { Origin: page } })
    expect(unseen.res.headers['access-control-allow-origin']).toBeUndefined()
    expect(unseen.res.headers.vary).toBeUndefined()
  })

  test('says that answers vary when it is told to', async () => {
    const rule = '<CORSRule><AllowedOrigin>http://a</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>'
    const vary = '<ResponseVary>true</ResponseVary>'
    expect((await setting('PUT', 'cors', `<CORSConfiguration>${rule}${vary}</CORSConfiguration>`)).status).toBe(200)
    const { headers } = await sendRaw(local.port, { path: `/${BUCKET}/`, headers: { origin: 'http://b' } })
    expect([headers.vary, headers['access-control-allow-origin']]).toEqual(['Origin', undefined])
    expect((await setting('DELETE', 'cors')).status).toBe(204)
    expect((await preflight(asked)).status).toBe(403)
  })

  test.each([
    '',
    '<CORSRule></CORSRule>',
    '<CORSRule><AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>',
    '<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod></CORSRule>',
    '<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><ExposeHeader>x-*</ExposeHeader></CORSRule>',
    '<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>'.repeat(11),
  ])('refuses the rules %s', async (rules) => {
    expect((await setting('PUT', 'cors', `<CORSConfiguration>${rules}</CORSConfiguration>`)).status).toBe(400)
  })
})

describe('inventory', () => {
  const configuration = (changes: Record<string, string> = {}): string => {
    const {
      id = 'report',
      fields = ['Size', 'ETag', 'LastModifiedDate', 'IsMultipartUploaded', 'EncryptionStatus', 'Crc64']
        .map((field) => `<Field>${field}</Field>`)
        .join(''),
      filter = '<Prefix>inv/</Prefix>',
      versions = 'Current',
      bucket = OTHER,
    } = changes
    return `<InventoryConfiguration><Id>${id}</Id><IsEnabled>true</IsEnabled><Filter>${filter}</Filter><Destination><OSSBucketDestination><Format>CSV</Format><AccountId>1</AccountId><RoleArn>acs:ram::1:role/r</RoleArn><Bucket>acs:oss:::${bucket}</Bucket><Prefix>reports</Prefix></OSSBucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>${versions}</IncludedObjectVersions><OptionalFields>${fields}</OptionalFields></InventoryConfiguration>`
  }
  const reports = createReports()

  /** Reads what was written, as a program that audits would: from the manifest on. */
  function createReports(): (id: string) => Promise<{ rows: string[]; manifest: Record<string, unknown> }> {
    return async (id) => {
      const own = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: OTHER, ...ACCESS_KEY })
      const { objects } = await own.listV2({ prefix: `reports/${BUCKET}/${id}/` })
      const names = (objects as { name: string }[]).map(({ name }) => name)
      const manifestName = names.find((name) => name.endsWith('/manifest.json')) ?? ''
      expect(manifestName).toMatch(/\/\d{4}-\d\d-\d\dT\d\d-\d\dZ\/manifest\.json$/)
      const bytes = (await own.get(manifestName)).content
      const checksum = (await own.get(manifestName.replace('.json', '.checksum'))).content
      expect(String(checksum)).toBe(createHash('md5').update(bytes).digest('hex'))
      const manifest = JSON.parse(String(bytes))
      const rows: string[] = []
      for (const { key, MD5checksum, size } of manifest.files) {
        const file = (await own.get(key)).content
        expect([createHash('md5').update(file).digest('hex').toUpperCase(), file.length]).toEqual([MD5checksum, size])
        rows.push(...gunzipSync(file).toString().trimEnd().split('\n'))
      }
      return { rows, manifest }
    }
  }

  test('is written as CSV files that a manifest names', async () => {
    await client.put('inv/a "quoted", ü', Buffer.from('abc'), { headers: { 'x-oss-server-side-encryption': 'AES256' } })
    await client.put('inv/b', Buffer.from('x'))
    await client.put('outside', Buffer.from('x'))
    expect((await setting('PUT', 'inventory&inventoryId=report', configuration())).status).toBe(200)
    const { rows, manifest } = await reports('report')
    expect(manifest).toMatchObject({
      destinationBucket: OTHER,
      sourceBucket: BUCKET,
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, Size, ETag, LastModifiedDate, IsMultipartUploaded, EncryptionStatus, Crc64',
      version: '2019-09-01',
    })
    expect(rows).toHaveLength(2)
    const date = '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.000Z"'
    const etag = createHash('md5').update('abc').digest('hex').toUpperCase()
    expect(rows[0]).toMatch(
      new RegExp(`^"${BUCKET}","inv/a%20%22quoted%22%2C%20%C3%BC",3,"${etag}",${date},false,true,"\\d+"$`),
    )
  })

  test('tells of versions when they are included, and of nothing when nothing matches', async () => {
    await client.putBucket('osscrypt-inv-versions')
    const name = 'osscrypt-inv-versions'
    const versioned = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: name, ...ACCESS_KEY })
    await versioned.putBucketVersioning(name, 'Enabled')
    await versioned.put('inv/a', Buffer.from('1'))
    await versioned.put('inv/a', Buffer.from('2'))
    await versioned.delete('inv/a')
    const all = configuration({ id: 'all', versions: 'All', fields: '<Field>Size</Field>' })
    expect((await setting('PUT', 'inventory&inventoryId=all', all, name)).status).toBe(200)
    const own = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: OTHER, ...ACCESS_KEY })
    const { objects } = await own.listV2({ prefix: `reports/${name}/all/data/` })
    const rows = gunzipSync((await own.get(objects[0].name)).content)
      .toString()
      .trimEnd()
      .split('\n')
    expect(rows.map((row) => row.split(',').slice(3))).toEqual([
      ['true', 'true', ''],
      ['false', 'false', '1'],
      ['false', 'false', '1'],
    ])
    const none = configuration({ id: 'none', filter: '<Prefix>nothing/</Prefix>' })
    expect((await setting('PUT', 'inventory&inventoryId=none', none, name)).status).toBe(200)
    expect((await own.listV2({ prefix: `reports/${name}/none/` })).objects).toHaveLength(0)
  })

  test('rules are told, listed and deleted', async () => {
    expect(await setting('GET', 'inventory&inventoryId=no')).toMatchObject({ status: 404, code: 'NoSuchInventory' })
    const told = String((await setting('GET', 'inventory&inventoryId=report')).body)
    expect(told.replaceAll(/\n\s*/g, '')).toContain(configuration())
    expect(String((await setting('GET', 'inventory')).body)).toContain('<Id>report</Id>')
    expect((await setting('DELETE', 'inventory&inventoryId=report')).status).toBe(204)
    expect((await setting('GET', 'inventory&inventoryId=report')).status).toBe(404)
  })

  test.each([
    [{ id: 'other' }, 'InvalidArgument'],
    [{ fields: '<Field>Owner</Field>' }, 'InvalidArgument'],
    [{ versions: 'Some' }, 'MalformedXML'],
    [{ bucket: 'osscrypt-missing' }, 'NoSuchBucket'],
    [{ filter: '<LowerSizeBound>1</LowerSizeBound>' }, 'NotImplemented'],
  ])('refuses a rule with %j', async (changes, code) => {
    const answer = await setting('PUT', 'inventory&inventoryId=report', configuration(changes))
    expect(answer.code).toBe(code)
    expect((await setting('GET', 'inventory&inventoryId=report')).status).toBe(404)
  })
})
