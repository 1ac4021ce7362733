import { FormatError } from '../errors.js'
import type { ByteSource } from './byte-source.js'
import { concatBytes } from './concat.js'
import { compareBytes } from './order.js'

// ASN.1 DER (X.690), as much of it as the Encryption SDK's messages use: definite, minimal lengths; INTEGER, OCTET STRING, SEQUENCE, SET OF.

const INTEGER = 0x02
const OCTET_STRING = 0x04
const SEQUENCE = 0x30
const SET = 0x31

/** Lengths have up to four digits of a byte, for whoever writes and for whoever reads. */
const MAX_LENGTH = 0xffffffff

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  if (length > MAX_LENGTH) throw new FormatError('longer than a DER element can be', 'LimitExceeded')
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return Uint8Array.of(0x80 | digits.length, ...digits)
}

function encodeHead(tag: number, contentLength: number): Uint8Array {
  return concatBytes(Uint8Array.of(tag), encodeLength(contentLength))
}

function encodeElement(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  return concatBytes(encodeHead(tag, length), ...content)
}

/** What stands before the content of an OCTET STRING of that many bytes, for content too large to be copied about. */
export function encodeOctetStringHead(contentLength: number): Uint8Array {
  return encodeHead(OCTET_STRING, contentLength)
}

/** What stands before the content of a SEQUENCE of that many bytes. */
export function encodeSequenceHead(contentLength: number): Uint8Array {
  return encodeHead(SEQUENCE, contentLength)
}

/** A non-negative INTEGER below 2^31. */
export function encodeInteger(value: number): Uint8Array {
  const digits: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  if (digits[0] === undefined || digits[0] >= 0x80) digits.unshift(0)
  return encodeElement(INTEGER, Uint8Array.from(digits))
}

/** An OCTET STRING. */
export function encodeOctetString(bytes: Uint8Array): Uint8Array {
  return encodeElement(OCTET_STRING, bytes)
}

/** A SEQUENCE of encoded elements. */
export function encodeSequence(...elements: readonly Uint8Array[]): Uint8Array {
  return encodeElement(SEQUENCE, ...elements)
}

/** A SET OF encoded elements, sorted as DER asks (X.690, 11.6). */
export function encodeSetOf(elements: readonly Uint8Array[]): Uint8Array {
  return encodeElement(SET, ...[...elements].sort(compareBytes))
}

/** What stands before an element's content. */
export interface DerHead {
  /** Of the head itself, in bytes. */
  readonly length: number
  readonly contentLength: number
}

/** The head of a SEQUENCE that is read from a stream. */
export function takeSequenceHead(source: ByteSource): Promise<DerHead> {
  return takeHead(source, SEQUENCE)
}

/** The head of an OCTET STRING that is read from a stream. */
export function takeOctetStringHead(source: ByteSource): Promise<DerHead> {
  return takeHead(source, OCTET_STRING)
}

async function takeHead(source: ByteSource, tag: number): Promise<DerHead> {
  const start = await source.take(2)
  const digits = Math.max(0, (start[1] ?? 0) - 0x80)
  const head = concatBytes(start, await source.take(digits > 4 ? 0 : digits))
  return { length: head.length, contentLength: new DerReader(head).readHead(tag) }
}

/**
 * Reads DER from the left. Whatever is not the one DER encoding of what is asked for is a {@link FormatError}. Nothing is copied: the bytes
 * handed out are views of the input.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Whether everything has been read. */
  get done(): boolean {
    return this.#offset === this.#bytes.length
  }

  /** Asserts that everything has been read. */
  end(): void {
    if (!this.done) throw new FormatError('bytes after the end of a DER element')
  }

  /** The next element's content as a reader of its own. */
  readSequence(): DerReader {
    return new DerReader(this.#readContent(SEQUENCE))
  }

  /**
   * The elements of the next SET OF, each as a reader that stands before it. They must come in strictly ascending order of their
   * encodings, so that there is one encoding and no element twice.
   *
   * @param maxLength Of all elements, in bytes; looked at before any of them is.
   * @throws FormatError `LimitExceeded` when there are more.
   */
  readSetOf(maxElements: number, maxLength: number): DerReader[] {
    const bytes = this.#readContent(SET)
    if (bytes.length > maxLength)
      throw new FormatError(`a SET of more than ${String(maxLength)} bytes`, 'LimitExceeded')
    const content = new DerReader(bytes)
    const elements: Uint8Array[] = []
    while (!content.done) {
      if (elements.length === maxElements) {
        throw new FormatError(`more than ${String(maxElements)} elements in a SET`, 'LimitExceeded')
      }
      const element = content.readElement()
      const previous = elements.at(-1)
      if (previous && compareBytes(previous, element) >= 0) throw new FormatError('SET elements not in DER order')
      elements.push(element)
    }
    return elements.map((element) => new DerReader(element))
  }

  /** A non-negative INTEGER below 2^31. */
  readInteger(): number {
    const digits = this.readUnsigned()
    if (digits.length > 4) throw new FormatError('INTEGER too large')
    const value = digits.reduce((sum, digit) => sum * 256 + digit, 0)
    if (value > 0x7fffffff) throw new FormatError('INTEGER too large')
    return value
  }

  /** A non-negative INTEGER of any size, as big-endian bytes that do not begin with 0, but for the number 0 itself. */
  readUnsigned(): Uint8Array {
    const content = this.#readContent(INTEGER)
    const [first = 0x80, second = 0x80] = content
    if (first >= 0x80) throw new FormatError('empty or negative INTEGER')
    if (content.length === 1 || first !== 0) return content
    if (second < 0x80) throw new FormatError('INTEGER not minimal')
    return content.subarray(1)
  }

  /** An OCTET STRING's bytes. */
  readOctetString(): Uint8Array {
    return this.#readContent(OCTET_STRING)
  }

  /** The next element, whatever it is, with its tag and length; of tags, those of one byte. */
  readElement(): Uint8Array {
    const start = this.#offset
    this.#readContent(this.#bytes[start] ?? 0)
    return this.#bytes.subarray(start, this.#offset)
  }

  #readByte(): number {
    const byte = this.#bytes[this.#offset]
    if (byte === undefined) throw new FormatError('DER element cut short')
    this.#offset += 1
    return byte
  }

  #readLength(): number {
    const first = this.#readByte()
    if (first < 0x80) return first
    const digits = first & 0x7f
    if (digits === 0 || digits > 4) throw new FormatError('DER length indefinite or too large')
    let length = 0
    for (let index = 0; index < digits; index += 1) {
      length = length * 256 + this.#readByte()
      if (length === 0) throw new FormatError('DER length not minimal')
    }
    if (length < 0x80) throw new FormatError('DER length not minimal')
    return length
  }

  /** The length of the next element's content, which need not be there. */
  readHead(tag: number): number {
    if (this.#readByte() !== tag) throw new FormatError('unexpected DER element')
    return this.#readLength()
  }

  #readContent(tag: number): Uint8Array {
    const length = this.readHead(tag)
    if (length > this.#bytes.length - this.#offset) throw new FormatError('DER element cut short')
    const content = this.#bytes.subarray(this.#offset, this.#offset + length)
    this.#offset += length
    return content
  }
}
