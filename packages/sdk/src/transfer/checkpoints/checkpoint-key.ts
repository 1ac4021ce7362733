import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto'

/** What the key is for: no other key that follows from a data key has this. */
const PURPOSE = 'osscrypt upload checkpoint 1'

/**
 * Authenticates what is written down of an upload, under a key that follows from the upload's data key: who cannot unwrap that cannot make a checkpoint
 * of it, nor change one.
 */
export class CheckpointKey {
  readonly #key: KeyObject

  /** @param dataKey Not kept. */
  constructor(dataKey: Uint8Array) {
    const bytes = new Uint8Array(hkdfSync('sha256', dataKey, new Uint8Array(0), PURPOSE, 32))
    this.#key = createSecretKey(bytes)
    bytes.fill(0)
  }

  /** @param what Which of several things is authenticated: one is never taken for another. */
  tag(what: 'state' | 'options', text: string): string {
    return createHmac('sha256', this.#key).update(`${what}\n${text}`).digest('base64')
  }

  verify(what: 'state' | 'options', text: string, tag: string): boolean {
    const [expected, given] = [Buffer.from(this.tag(what, text)), Buffer.from(tag)]
    return expected.length === given.length && timingSafeEqual(expected, given)
  }
}
