import { engine } from '#crypto-engine'
import { concatBytes } from '../bytes/concat.js'
import { copySecret } from '../bytes/secret-bytes.js'
import { OsscryptError } from '../errors.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { OssEncryptionClient } from '../oss/oss-encryption-client.js'
import type { ObjectStore } from '../store/object-store.js'
import { lies, lyingStore } from './lying-store.js'
import { demand, sameBytes, suiteCase, type SuiteCase } from './suite.js'

const LENGTH = 100_000
const RANGE = { start: 70_000, end: 79_999 }
const SEGMENT_LENGTH = 16 * 1024

/** A store that answers wrongly, with an encrypting client over it: nobody gets other bytes than those that were put, or waits for ever. */
export function lyingStoreCases(create: () => ObjectStore | Promise<ObjectStore>): SuiteCase[] {
  return Object.entries(lies).map(([title, { lie, harmless = false }]) =>
    suiteCase(`is found out when it ${title}`, create, async (store) => {
      const dataKeys = memoryProvider()
      const content = Uint8Array.from({ length: LENGTH }, (_, index) => (index * 13 + (index >> 9)) & 255)
      const part = content.subarray(RANGE.start, RANGE.end + 1)
      const honest = new OssEncryptionClient({ store, dataKeys })
      for (const format of ['gcm', 'floe'] as const) {
        const name = `suite/lied about ${format}`
        await honest.put(name, content, { format, ...(format === 'floe' && { segmentLength: SEGMENT_LENGTH }) })
        const client = new OssEncryptionClient({
          store: lyingStore(store, lie()),
          dataKeys,
          idleTimeoutMs: 100,
          retry: { maxAttempts: 2, delayMs: () => 0 },
        })
        const readings: readonly (readonly [() => Promise<Uint8Array>, Uint8Array])[] = [
          [() => client.get(name).then((got) => got.content), content],
          [() => client.getStream(name).then(({ stream }) => readAll(stream)), content],
          ...(format === 'floe'
            ? [[() => client.getRange(name, RANGE).then((got) => got.content), part] as const]
            : []),
        ]
        for (const [reading, wanted] of readings) {
          const got = await reading().catch((error: unknown) => error)
          if (got instanceof Uint8Array) {
            demand(sameBytes(got, wanted), 'other bytes than those that were put were handed out')
            demand(harmless || wanted === part, 'a lie was not found out')
          } else demand(got instanceof OsscryptError, 'a lie ended in an error that is none of this library')
        }
      }
    }),
  )
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = []
  for await (const piece of pieces) read.push(new Uint8Array(piece))
  return concatBytes(...read)
}

/** Data keys of this process alone. */
function memoryProvider(): DataKeyProvider {
  const keys: Uint8Array[] = []
  return {
    generateDataKey: async ({ algorithm }) => {
      const dataKey = copySecret(engine.randomBytes(algorithm.keyLength))
      keys.push(copySecret(dataKey))
      const encryptedDataKey = { keyArn: 'acs:kms:cn-hangzhou:1:key/suite', ciphertextBlob: Uint8Array.of(keys.length) }
      return { dataKey, encryptedDataKeys: [encryptedDataKey] }
    },
    decryptDataKey: async ({ encryptedDataKeys: [wrapped] }) => {
      const key = keys[(wrapped?.ciphertextBlob[0] ?? 0) - 1]
      return key ? copySecret(key) : null
    },
  }
}
