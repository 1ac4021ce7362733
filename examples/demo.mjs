// npm run demo [-- FILE]: what happens to a file that is stored encrypted, step by step, on this machine alone.
import OSS from 'ali-oss'
import { createHash } from 'node:crypto'
import { createReadStream, rmSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { KmsDataKeyProvider, OsscryptError } from 'osscrypt'
import { startLocalCloud } from 'osscrypt-local'
import { OssEncryptionClient } from 'osscrypt/oss'

const OWN_TEXT = 'Salaries 2026: Ada 9000, Grace 9500, Edsger 8800. Nobody else may read this.\n'

let steps = 0
let failed = 0

process.exitCode = await main(process.argv.slice(2))

/** @param {readonly string[]} args */
async function main([path, ...more]) {
  if (more.length > 0) return fail('give one file, or none')
  // npm changes to the repository's folder; a relative path is meant from where the user is.
  const file = path === undefined ? undefined : resolve(process.env.INIT_CWD ?? '.', path)
  if (file !== undefined) {
    const problem = await problemOf(file)
    if (problem !== undefined) return fail(`${path}: ${problem}`)
  }
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-demo-'))
  process.once('SIGINT', () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(130)
  })
  /** @type {import('osscrypt-local').LocalCloud | undefined} */
  let cloud
  try {
    cloud = await startLocalCloud({ folder: join(folder, 'cloud'), buckets: ['demo-bucket'] })
    await demonstrate(cloud, file ?? (await makeFile(folder)), folder)
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  } finally {
    await cloud?.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  console.log(failed === 0 ? '\nAll checks held. Nothing is left on this machine.' : `\n${failed} checks FAILED.`)
  return failed === 0 ? 0 : 1
}

/**
 * @param {import('osscrypt-local').LocalCloud} cloud
 * @param {string} file
 * @param {string} folder
 */
async function demonstrate(cloud, file, folder) {
  const name = basename(file)
  const { size } = await stat(file)
  const digest = await sha256(file)
  const output = join(folder, 'downloaded')
  await mkdir(output)

  const cmk = await cloud.createKey()
  const store = new OSS({ ...cloud.ossOptions('demo-bucket'), timeout: 3_600_000 })
  const dataKeys = new KmsDataKeyProvider(cmk, cloud.kmsOptions())
  const client = new OssEncryptionClient({ store, dataKeys })
  step('A local KMS and OSS run in this process; they speak the real protocols. KMS has one key (CMK):')
  say(cmk)

  step('The file:')
  say(`${name}, ${size} bytes, SHA-256 ${digest.slice(0, 16)}…`)
  say(`begins with ${show(await readPart(file, 0, 24))}`)

  const { encryption } = await client.put(name, file)
  step('put: KMS gave a fresh data key, the file was encrypted here, and only ciphertext was sent.')
  say(`${encryption.algorithm}, encryption context ${JSON.stringify(encryption.encryptionContext)}`)

  const stored = join(folder, 'stored')
  await store.get(name, stored)
  const head = /** @type {any} */ (await store.head(name))
  step('What OSS has, read without osscrypt:')
  say(`begins with ${show(await readPart(stored, 0, 24))}`)
  for (const [entry, value] of Object.entries(head.meta)) say(`x-oss-meta-${entry}: ${shorten(String(value))}`)
  say('The header holds the data key, wrapped: only KMS can unwrap it, with that CMK and that context.')
  check('it is as long as the file', (await stat(stored)).size === size)
  if (size >= 16) {
    const sample = await readPart(file, Math.floor(size / 2) - 8, 16)
    check('16 bytes from the middle of the file occur nowhere in it', !(await contains(stored, sample)))
  }

  await client.get(name, join(output, 'whole'))
  step('get, into a file: KMS unwrapped the data key; the file got its name only once all of it was verified.')
  check('the SHA-256 is that of the original', (await sha256(join(output, 'whole'))) === digest)
  await rm(join(output, 'whole'))

  if (size > 0) {
    const [start, end] = [Math.floor(size / 3), Math.min(Math.floor(size / 3) + 25, size - 1)]
    step(
      `getRange, bytes ${start} to ${end}. AES-GCM has one tag for the whole object, so that a part cannot be verified:`,
    )
    say('somebody who can write to the bucket could have changed it. Hence the name of the option that allows it.')
    const refusal = await refused(() => client.getRange(name, { start, end }))
    check(`without allowUnverifiedRange: ${describe(refusal)}`, refusal?.code === 'NotAllowed')
    const { content } = await client.getRange(name, { start, end }, { allowUnverifiedRange: true })
    check('with it: the bytes are those of the file', content.equals(await readPart(file, start, end - start + 1)))
  }

  const other = `other-${name}`
  await store.copy(other, name)
  step('Somebody passes the object off as another, by a copy inside OSS, metadata and all:')
  const swapped = await refused(() => client.get(other, join(output, 'swapped')))
  check(describe(swapped), swapped?.code === 'BindingMismatch')

  const meta = { ...head.meta }
  const where = size > 0 ? await flipBit(stored, Math.floor(size / 2)) : flipTag(meta)
  await store.put(name, stored, { meta, mime: head.res.headers['content-type'] })
  step(`Somebody flips one bit of the object in OSS (${where}) and leaves the rest as it was:`)
  const tampered = await refused(() => client.get(name, join(output, 'tampered')))
  check(describe(tampered), tampered?.code === 'IntegrityFailed')
  check('none of the refused reads left a file behind', (await readdir(output)).length === 0)
}

/** @param {string} title */
function step(title) {
  steps++
  console.log(`\n${steps}. ${title}`)
}

/** @param {string} text */
function say(text) {
  console.log(`    ${text}`)
}

/**
 * @param {string} what
 * @param {boolean} held
 */
function check(what, held) {
  if (!held) failed++
  console.log(`    ${held ? 'ok' : 'FAILED'}: ${what}`)
}

/** @param {string} message */
function fail(message) {
  console.error(`demo: ${message}`)
  return 1
}

/** Why a file cannot be read; undefined when it can.
 * @param {string} path
 */
async function problemOf(path) {
  /** @type {Record<string, string>} */
  const reasons = { ENOENT: 'there is no such file', EACCES: 'it may not be read' }
  try {
    const file = await open(path)
    const isFile = (await file.stat()).isFile()
    await file.close()
    return isFile ? undefined : 'it is not a file'
  } catch (error) {
    const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error)
    return reasons[code] ?? code
  }
}

/** @param {string} folder */
async function makeFile(folder) {
  const path = join(folder, 'salaries.txt')
  await writeFile(path, OWN_TEXT)
  return path
}

/** The error that a read is expected to end with; undefined when it does not.
 * @param {() => Promise<unknown>} read
 */
async function refused(read) {
  try {
    await read()
    return undefined
  } catch (error) {
    if (error instanceof OsscryptError) return error
    throw error
  }
}

/** @param {OsscryptError | undefined} error */
function describe(error) {
  return error === undefined ? 'it was NOT refused' : `${error.name} (${error.code}): ${error.message}`
}

/** @param {Buffer} bytes */
function show(bytes) {
  const text = bytes.toString('latin1')
  return `${bytes.toString('hex')} (hex)${/^[\x20-\x7e]+$/.test(text) ? `: ${text}` : ''}`
}

/** @param {string} text */
function shorten(text) {
  return text.length > 60 ? `${text.slice(0, 44)}… (${text.length} characters)` : text
}

/** @param {string} path */
async function sha256(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * @param {string} path
 * @param {number} start
 * @param {number} length
 */
async function readPart(path, start, length) {
  const file = await open(path)
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: start })
  await file.close()
  return buffer.subarray(0, bytesRead)
}

/** Whether bytes occur in a file, which is read piece by piece.
 * @param {string} path
 * @param {Buffer} sought
 */
async function contains(path, sought) {
  let before = Buffer.alloc(0)
  for await (const chunk of createReadStream(path)) {
    const window = Buffer.concat([before, chunk])
    if (window.includes(sought)) return true
    before = window.subarray(-(sought.length - 1))
  }
  return false
}

/**
 * @param {string} path
 * @param {number} position
 */
async function flipBit(path, position) {
  const [byte = 0] = await readPart(path, position, 1)
  const file = await open(path, 'r+')
  await file.write(Buffer.of(byte ^ 1), 0, 1, position)
  await file.close()
  return `in byte ${position}`
}

/** An empty object has no byte to change, but a tag.
 * @param {Record<string, string>} meta
 */
function flipTag(meta) {
  const tag = Buffer.from(meta['x-oss-meta-authtag'] ?? '', 'base64')
  meta['x-oss-meta-authtag'] = Buffer.from(tag.map((byte, index) => (index === 0 ? byte ^ 1 : byte))).toString('base64')
  return 'in its tag, as it is empty'
}
