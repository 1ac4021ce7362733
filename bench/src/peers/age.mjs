import { ReadableStream } from 'node:stream/web'
import { Decrypter, Encrypter, Stanza } from 'age-encryption'

const STANZA_TYPE = 'bench'

/**
 * age in TypeScript: chunks of 64 KiB with ChaCha20-Poly1305, in JavaScript. Its file key stands in the header as it is, as the wrapping of keys
 * is not what is measured.
 *
 * @returns {import('./contestant.js').Contestant}
 */
export function createAge() {
  const encrypter = new Encrypter()
  encrypter.addRecipient({ wrapFileKey: (fileKey) => [new Stanza([STANZA_TYPE], fileKey)] })
  const decrypter = new Decrypter()
  decrypter.addIdentity({
    unwrapFileKey: (stanzas) => stanzas.find(({ args }) => args[0] === STANZA_TYPE)?.body ?? null,
  })
  return {
    name: 'age-encryption',
    encryptBytes: (plaintext) => encrypter.encrypt(plaintext),
    decryptBytes: (file) => decrypter.decrypt(file),
    async encryptStream(source, sink) {
      for await (const chunk of await encrypter.encrypt(ReadableStream.from(source))) sink(chunk)
    },
    async decryptStream(source, sink) {
      for await (const chunk of await decrypter.decrypt(ReadableStream.from(source))) sink(chunk)
    },
  }
}
