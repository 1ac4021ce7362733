// node hostile-lengths.mjs <field>: reads a message with a field of 200 MiB, with the built package, and prints how long that kept the process,
// which does nothing else meanwhile, and what memory it took.
import { readFileSync } from 'node:fs'
import { EncryptionSdk } from 'osscrypt'

const LENGTH = 200 * 2 ** 20
const sdk = new EncryptionSdk({
  dataKeys: /** @type {any} */ ({
    generateDataKey: () => Promise.reject(new Error('asked')),
    decryptDataKey: () => Promise.reject(new Error('asked')),
  }),
})

/** One element around its content; a number stands for so many bytes. */
function element(/** @type {number} */ tag, /** @type {(Uint8Array | number)[]} */ ...content) {
  let digits = lengthOf(content).toString(16)
  if (digits.length % 2 > 0) digits = `0${digits}`
  const bytes = Buffer.from(digits, 'hex')
  const short = bytes.length === 1 && (bytes[0] ?? 0) < 0x80
  return [Uint8Array.of(tag, ...(short ? [] : [0x80 | bytes.length]), ...bytes), ...content]
}

function lengthOf(/** @type {(Uint8Array | number)[]} */ parts) {
  return parts.reduce((/** @type {number} */ sum, part) => sum + (typeof part === 'number' ? part : part.length), 0)
}

const text = (/** @type {string} */ value) => element(0x04, Buffer.from(value))
const sequence = (/** @type {(Uint8Array | number)[][]} */ ...parts) => element(0x30, ...parts.flat())
const set = (/** @type {(Uint8Array | number)[][]} */ ...parts) => element(0x31, ...parts.flat())
const integer = (/** @type {number} */ value) => element(0x02, Uint8Array.of(value))
const keys = set(sequence(text('acs:kms:cn-hangzhou:1:key/a'), text('x'.repeat(60))))
const tail = [text('x'.repeat(12)), text('x'.repeat(16))]
const body = sequence(text('x'.repeat(12)), text('x'), text('x'.repeat(16)))

/** @type {Record<string, () => (Uint8Array | number)[]>} */
const headers = {
  version: () => sequence(element(0x02, LENGTH), integer(2), keys, set(), ...tail),
  algorithm: () => sequence(integer(1), element(0x02, LENGTH), keys, set(), ...tail),
  ARN: () => sequence(integer(1), integer(2), set(sequence(element(0x04, LENGTH), text('x'))), set(), ...tail),
  blob: () => sequence(integer(1), integer(2), set(sequence(text('a'), element(0x04, LENGTH))), set(), ...tail),
  'two ARNs': () =>
    sequence(
      integer(1),
      integer(2),
      set(...[1, 2].map(() => sequence(element(0x04, LENGTH / 2), text('x')))),
      set(),
      ...tail,
    ),
  key: () => sequence(integer(1), integer(2), keys, set(sequence(element(0x04, LENGTH), text('x'))), ...tail),
  value: () => sequence(integer(1), integer(2), keys, set(sequence(text('k'), element(0x04, LENGTH))), ...tail),
  'two values': () =>
    sequence(
      integer(1),
      integer(2),
      keys,
      set(...[1, 2].map(() => sequence(text('k'), element(0x04, LENGTH / 2)))),
      ...tail,
    ),
  iv: () => sequence(integer(1), integer(2), keys, set(), element(0x04, LENGTH), text('x'.repeat(16))),
  tag: () => sequence(integer(1), integer(2), keys, set(), text('x'.repeat(12)), element(0x04, LENGTH)),
}

const parts = sequence(headers[process.argv[2] ?? '']?.() ?? [], body)
const message = new Uint8Array(lengthOf(parts))
let offset = 0
for (const part of parts) {
  if (typeof part === 'number') message.fill(0x61, offset, offset + part)
  else message.set(part, offset)
  offset += typeof part === 'number' ? part : part.length
}

const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024
await new Promise((resolve) => setTimeout(resolve, 50))
const before = peak()
const start = performance.now()
/** @type {any} */
let error
try {
  await sdk.decrypt(message)
} catch (thrown) {
  error = thrown
}
const elapsedMs = performance.now() - start
console.log(JSON.stringify({ name: error?.name, code: error?.code, elapsedMs, growthMib: peak() - before }))
