/** What one data key may be used for. */
export interface CachingLimits {
  /**
   * How long a data key is kept, in milliseconds. There is no default: it is how long a cache goes on using a CMK after KMS would have
   * refused, because the CMK was disabled or a permission taken away.
   */
  readonly maxAgeMs: number
  /**
   * How many messages are encrypted under one data key. Default 1024: by then 99.9 % of the calls to KMS are saved, and who learns one data
   * key reads 1024 messages. 1 keeps data keys for reading only.
   */
  readonly maxMessages?: number | undefined
  /**
   * How many bytes of plaintext are encrypted under one data key. Default 64 GiB, what a single message may hold without a cache. A longer
   * message gets a data key of its own.
   */
  readonly maxBytes?: number | undefined
}

/**
 * The most that `maxMessages` can be. Each message takes two random 96-bit ivs under its data key, for the header's tag and for the body, and
 * GCM allows 2^32 of them (NIST SP 800-38D, section 8.3).
 */
const MAX_MESSAGES = 2 ** 31

/** The most that `maxBytes` can be: 2^46 blocks of a 128-bit block cipher, told from random with a chance of 2^-37 (PRP/PRF switching). */
const MAX_BYTES = 2 ** 50

const DEFAULT_MAX_MESSAGES = 1024
const DEFAULT_MAX_BYTES = 2 ** 36

/** What a timer can wait: 24 days. */
const MAX_AGE_MS = 2 ** 31 - 1

/**
 * The limits with their defaults.
 *
 * @throws RangeError when one is not an integer between 1 and the most that it can be.
 */
export function checkLimits(limits: CachingLimits): Required<{ [name in keyof CachingLimits]: number }> {
  const { maxAgeMs, maxMessages = DEFAULT_MAX_MESSAGES, maxBytes = DEFAULT_MAX_BYTES } = limits
  requireInteger('maxAgeMs', maxAgeMs, MAX_AGE_MS)
  requireInteger('maxMessages', maxMessages, MAX_MESSAGES)
  requireInteger('maxBytes', maxBytes, MAX_BYTES)
  return { maxAgeMs, maxMessages, maxBytes }
}

function requireInteger(name: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name}: not an integer from 1 to ${String(most)}`)
  }
}

/** What one request takes of a data key's limits: nothing, for a message that is opened. */
export interface Use {
  readonly messages: 0 | 1
  readonly bytes: number
}

/** What has been taken of one data key's limits. What was taken is not given back, whatever becomes of the message. */
export class Budget {
  #messages = 0
  #bytes = 0

  /** Takes `use`, unless that exceeds the limits. */
  take(use: Use, limits: { readonly maxMessages: number; readonly maxBytes: number }): boolean {
    if (this.#messages + use.messages > limits.maxMessages || this.#bytes + use.bytes > limits.maxBytes) return false
    this.#messages += use.messages
    this.#bytes += use.bytes
    return true
  }

  /** Whether nothing is left to take. */
  isSpent(limits: { readonly maxMessages: number; readonly maxBytes: number }): boolean {
    return this.#messages >= limits.maxMessages || this.#bytes >= limits.maxBytes
  }
}
