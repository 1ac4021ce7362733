// What a user's program does where there is nothing of Node: objects by a broker, in pages, in workers and on workers' servers.
import { EncryptionSdk, RawAesDataKeyProvider } from 'osscrypt'
import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'

const LENGTH = 500_000

/**
 * Puts objects in one request and in parts, reads them whole, as a stream and in part, and sees that one that was changed is refused.
 *
 * @param {{ readonly url: string, readonly headers?: Readonly<Record<string, string>> }} broker
 * @param {string} prefix Of the objects' names.
 */
export async function portableRoundTrip(broker, prefix) {
  const sign = signByBroker(broker)
  const dataKeys = new BrokerDataKeyProvider(broker)
  const store = new PresignedStore({ sign })
  const client = new OssEncryptionClient({ store, dataKeys })
  const inParts = new OssEncryptionClient({ store, dataKeys, multipartThreshold: 200_000 })
  const changing = new OssEncryptionClient({ store: new PresignedStore({ sign, fetch: fetchChanged }), dataKeys })
  const plaintext = Uint8Array.from({ length: LENGTH }, (_, index) => index * 7)
  for (const format of /** @type {const} */ (['gcm', 'floe'])) {
    const name = `${prefix}/${format}`
    await client.put(name, new Blob([plaintext]), { format })
    same(format, (await client.get(name)).content, plaintext)
    await inParts.put(`${name}-parts`, plaintext, { format, partLength: 150_000 })
    same(`${format} in parts`, (await client.get(`${name}-parts`)).content, plaintext)
    const { stream } = await client.getStream(name)
    same(`${format} as a stream`, new Uint8Array(await new Response(stream).arrayBuffer()), plaintext)
    const range = { start: 300_000, end: 300_999 }
    const part = await client.getRange(name, range, { allowUnverifiedRange: format === 'gcm' })
    same(`a part of ${format}`, part.content, plaintext.subarray(300_000, 301_000))
    await refused(format, changing.get(name))
  }
  const sdk = new EncryptionSdk({ dataKeys: new RawAesDataKeyProvider({ name: 'own', key: new Uint8Array(32) }) })
  for (const algorithm of /** @type {const} */ (['AES_GCM_NOPADDING_256', 'SM4_GCM_NOPADDING_128'])) {
    const { message } = await sdk.encrypt(plaintext, { algorithm })
    same(algorithm, (await sdk.decrypt(message)).plaintext, plaintext)
    message[LENGTH] = (message[LENGTH] ?? 0) ^ 1
    await refused(algorithm, sdk.decrypt(message))
  }
}

/** There is nothing of Node, nor a polyfill that passes for it. */
export function assertNoNode() {
  const found = ['Buffer', 'process', 'global', 'require'].filter((name) => name in globalThis)
  if (found.length > 0) throw new Error(`there is ${found.join(', ')}`)
}

/** @param {string} what @param {Uint8Array} found @param {Uint8Array} wanted */
function same(what, found, wanted) {
  if (found.length !== wanted.length || found.some((byte, index) => byte !== wanted[index]))
    throw new Error(`${what}: other bytes`)
}

/** @param {string} what @param {Promise<unknown>} reading */
async function refused(what, reading) {
  const outcome = await reading.then(
    () => 'nothing',
    (/** @type {unknown} */ error) => error,
  )
  if (/** @type {{ name?: string }} */ (outcome).name !== 'IntegrityError')
    throw new Error(`${what}: changed bytes were answered by ${String(outcome)}`)
}

/** One bit of what OSS answers is another one. @type {typeof fetch} */
async function fetchChanged(...given) {
  const answer = await fetch(...given)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  bytes[100_000] = (bytes[100_000] ?? 0) ^ 1
  return new Response(bytes, answer)
}
