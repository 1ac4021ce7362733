// Uploads files with a checkpoint in processes that are killed at random moments, until each is stored, and looks at every byte that was sent.
// node kill-upload.mjs <kills>
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, request as sendRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'

const MIB = 1024 * 1024
const SEGMENT_LENGTH = 256 * 1024
/** How often the upload of one object is killed at most. */
const KILLS_OF_ONE = 3
const BUCKET = 'osscrypt-test'
const NAME = 'object'

/** @typedef {{ ossOptions: import('ali-oss').Options, cmkArn: string, kms: object, path: string, checkpoint: string, format: 'gcm' | 'floe' }} Settings */
/** @typedef {{ uploadId: string, number: number, bytes: () => Buffer }} Attempt */

const [, , first = '5', settings] = process.argv
if (settings === undefined) await killUploads(Number(first))
else await upload(JSON.parse(settings))

/** What the child does. @param {Settings} settings */
async function upload({ ossOptions, cmkArn, kms, path, checkpoint, format }) {
  const client = new OssEncryptionClient({
    store: new OSS(ossOptions),
    dataKeys: new KmsDataKeyProvider(cmkArn, kms),
    multipartThreshold: MIB,
    memoryLimit: MIB,
  })
  process.stdout.write('begins')
  const segmentLength = format === 'floe' ? SEGMENT_LENGTH : undefined
  await client.put(NAME, path, { format, segmentLength, checkpoint, partLength: MIB, parallel: 3 })
}

/** @param {number} wanted */
async function killUploads(wanted) {
  const { startLocalCloud } = await import('osscrypt-local')
  const cloud = await startLocalCloud({ buckets: [BUCKET] })
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-kill-'))
  const cmkArn = await cloud.createKey()
  const kms = { endpoint: cloud.kms.endpoint, credentials: cloud.credentials }
  const proxy = await startProxy(cloud.oss.endpoint)
  const direct = new OSS(cloud.ossOptions(BUCKET))
  const client = new OssEncryptionClient({ store: direct, dataKeys: new KmsDataKeyProvider(cmkArn, kms) })
  const path = join(folder, 'source')
  const checkpoint = join(folder, 'checkpoint')
  let kills = 0
  let objects = 0
  let attempts = 0
  let resumed = 0
  try {
    while (kills < wanted) {
      const format = objects % 2 === 0 ? 'gcm' : 'floe'
      const plaintext = randomBytes(20 * MIB + 12_345)
      await writeFile(path, plaintext)
      const ossOptions = { ...cloud.ossOptions(BUCKET), endpoint: proxy.endpoint }
      const childSettings = JSON.stringify({ ossOptions, cmkArn, kms, path, checkpoint, format })
      proxy.attempts.length = 0
      let runs = 0
      for (let ended = false; !ended; runs += 1) {
        const kill = kills < wanted && runs < KILLS_OF_ONE
        const killed = await runChild(childSettings, kill ? Math.random() * 700 : undefined)
        if (killed) kills += 1
        else ended = true
      }
      const { content } = await client.get(NAME)
      if (!content.equals(plaintext)) throw new Error(`${format}: the object is not what was put`)
      if ((await direct.head(NAME)).status !== 200) throw new Error('the object is not there')
      assertNoReuse(proxy.attempts, format)
      const left = (await readdir(folder)).filter((file) => file !== 'source')
      if (left.length > 0) throw new Error(`left behind: ${left.join()}`)
      // What was begun before its checkpoint was written is the one thing that nobody knows of.
      const uploadIds = new Set(proxy.attempts.map(({ uploadId }) => uploadId))
      if (uploadIds.size !== 1) throw new Error('parts of more than one upload were sent')
      for (const { name, uploadId } of await client.listUploads()) {
        if (uploadIds.has(uploadId)) throw new Error('an upload that had parts was left')
        await client.abortUpload(name, uploadId)
      }
      objects += 1
      attempts += proxy.attempts.length
      if (runs > 1) resumed += 1
    }
    process.stdout.write(JSON.stringify({ kills, objects, resumed, attempts }))
  } finally {
    proxy.close()
    await cloud.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Runs an upload, and kills it so long after its beginning.
 *
 * @param {string} childSettings
 * @param {number | undefined} killAfterMs
 * @returns {Promise<boolean>} whether it was killed
 */
function runChild(childSettings, killAfterMs) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'child', childSettings])
    let errors = ''
    /** @type {NodeJS.Timeout | undefined} */
    let timer
    child.stdout.once('data', () => {
      if (killAfterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    })
    child.stderr.on('data', (chunk) => (errors += chunk))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (signal === 'SIGKILL') resolve(true)
      else if (code === 0) resolve(false)
      else reject(new Error(`the upload failed: ${errors}`))
    })
  })
}

/**
 * Asserts that no nonce, and no place of a key stream, was used for two things, by whatever process.
 *
 * @param {Attempt[]} attempts
 * @param {'gcm' | 'floe'} format
 */
function assertNoReuse(attempts, format) {
  /** @type {Map<string, Buffer>} */
  const seen = new Map()
  /** @param {string} key @param {Buffer} bytes */
  const note = (key, bytes) => {
    const known = seen.get(key)
    const common = Math.min(known?.length ?? 0, bytes.length)
    if (known && !known.subarray(0, common).equals(bytes.subarray(0, common))) {
      throw new Error(`${format}: a nonce was used for two plaintexts`)
    }
    if (!known || known.length < bytes.length) seen.set(key, bytes)
  }
  for (const { number, bytes } of attempts) {
    const all = bytes()
    if (format === 'gcm') note(String(number), all)
    else {
      for (let at = number === 1 ? 74 : 0; at + 16 < all.length; at += SEGMENT_LENGTH) {
        note(all.toString('hex', at + 4, at + 16), all.subarray(at + 16, at + SEGMENT_LENGTH))
      }
    }
  }
}

/**
 * Stands before OSS and keeps what arrives of every part.
 *
 * @param {string} target
 */
async function startProxy(target) {
  const { hostname, port } = new URL(target)
  /** @type {Attempt[]} */
  const attempts = []
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    const query = new URL(url, 'http://oss').searchParams
    const uploadId = query.get('uploadId')
    /** @type {Buffer[]} */
    const chunks = []
    if (method === 'PUT' && uploadId !== null) {
      attempts.push({ uploadId, number: Number(query.get('partNumber')), bytes: () => Buffer.concat(chunks) })
      incoming.on('data', (chunk) => chunks.push(chunk))
    }
    const passedOn = sendRequest({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.rawHeaders)
      answer.pipe(outgoing)
    })
    passedOn.on('error', () => outgoing.destroy())
    outgoing.on('error', () => passedOn.destroy())
    incoming.on('error', () => passedOn.destroy())
    incoming.pipe(passedOn)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    endpoint: `http://127.0.0.1:${String(address.port)}`,
    attempts,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
