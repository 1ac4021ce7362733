import fc from 'fast-check'
import { FormatError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import {
  DerReader,
  encodeInteger,
  encodeOctetString,
  encodeOctetStringHead,
  encodeSequence,
  encodeSequenceHead,
  encodeSetOf,
} from '../../src/bytes/der.js'

const hex = (text: string): DerReader => new DerReader(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const bytes = (maxLength = 300) => fc.uint8Array({ maxLength })

describe('what was encoded is read again', () => {
  test('INTEGER', () => {
    fc.assert(
      fc.property(fc.nat(0x7fffffff), (value) => {
        const reader = new DerReader(encodeInteger(value))
        expect(reader.readInteger()).toBe(value)
        reader.end()
      }),
    )
    for (const [value, encoded] of [
      [0, '020100'],
      [127, '02017f'],
      [128, '02020080'],
      [0x7fffffff, '02047fffffff'],
    ] as const) {
      expect(Buffer.from(encodeInteger(value)).toString('hex')).toBe(encoded)
    }
  })

  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 24])('OCTET STRING of %d bytes', (length) => {
    const encoded = encodeOctetString(new Uint8Array(length))
    const reader = new DerReader(encoded)
    expect(reader.readOctetString()).toHaveLength(length)
    reader.end()
    const head = encodeOctetStringHead(length)
    expect(Buffer.from(encoded.subarray(0, head.length)).equals(head)).toBe(true)
    expect(Buffer.from(encodeSequenceHead(length).subarray(1)).equals(head.subarray(1))).toBe(true)
  })

  test('SEQUENCE and SET OF, whose elements come sorted by their encodings', () => {
    fc.assert(
      fc.property(fc.uniqueArray(bytes(), { selector: (each) => Buffer.from(each).toString('hex') }), (values) => {
        const elements = values.map((value) => encodeSequence(encodeOctetString(value)))
        const set = encodeSetOf(elements)
        expect(Buffer.from(encodeSetOf([...elements].reverse())).equals(set)).toBe(true)
        const read = new DerReader(set)
          .readSetOf(values.length, set.length)
          .map((each) => each.readSequence().readOctetString())
        const sorted = (list: readonly Uint8Array[]) => list.map((each) => Buffer.from(each).toString('hex')).sort()
        expect(sorted(read)).toEqual(sorted(values))
        expect(read.map(({ length }) => length)).toEqual(read.map(({ length }) => length).sort((a, b) => a - b))
      }),
    )
  })
})

describe('what is not the one encoding is refused', () => {
  const octets = (text: string) => () => hex(text).readOctetString()
  const integer = (text: string) => () => hex(text).readInteger()
  const set = (text: string) => () => hex(text).readSetOf(10, 1000)

  test.each<[string, () => unknown]>([
    ['a long length where a short one does', octets('04 81 01 00')],
    ['a long length of 127', octets(`04 81 7f ${'00'.repeat(127)}`)],
    ['a length with a leading zero', octets(`04 82 00 80 ${'00'.repeat(128)}`)],
    ['a length of four zeroes', octets('04 84 00 00 00 00')],
    ['an indefinite length', octets('04 80 00 00')],
    ['a reserved length', octets('04 ff')],
    ['a length of five bytes', octets('04 85 00 00 00 00 01 00')],
    ['a length of 4 GiB', octets('04 84 ff ff ff ff 00')],
    ['a length beyond the end', octets('04 02 00')],
    ['no length', octets('04')],
    ['nothing', octets('')],
    ['a constructed OCTET STRING', octets('24 03 04 01 00')],
    ['a tag of several bytes', octets('1f 04 01 00')],
    ['another tag', octets('05 00')],
    ['an empty INTEGER', integer('02 00')],
    ['a negative INTEGER', integer('02 01 80')],
    ['-1', integer('02 01 ff')],
    ['an INTEGER with a leading zero', integer('02 02 00 7f')],
    ['0 in two bytes', integer('02 02 00 00')],
    ['2^31', integer('02 05 00 80 00 00 00')],
    ['2^32 + 2, which some truncate', integer('02 05 01 00 00 00 02')],
    ['an INTEGER of 100 bytes', integer(`02 64 ${'11'.repeat(100)}`)],
    ['a SET in descending order', set('31 06 04 01 02 04 01 01')],
    ['a SET with an element twice', set('31 06 04 01 01 04 01 01')],
    ['a SET sorted by value, not by length', set('31 07 04 02 01 01 04 01 02')],
    ['a SET with half an element', set('31 02 04 01')],
    ['a SEQUENCE for a SET', set('30 03 04 01 01')],
    ['a trailing byte', () => hex('00').end()],
  ])('%s', (_title, read) => {
    expect(read).toThrow(FormatError)
  })

  test('a SET of more elements than are asked for, before they are read', () => {
    const elements = Array.from({ length: 20 }, (_, index) => encodeOctetString(Uint8Array.of(index)))
    expect(new DerReader(encodeSetOf(elements)).readSetOf(20, 1000)).toHaveLength(20)
    expect(() => new DerReader(encodeSetOf(elements)).readSetOf(19, 1000)).toThrow(
      expect.objectContaining({ code: 'LimitExceeded' }),
    )
  })

  test('every truncation', () => {
    const whole = encodeSequence(encodeInteger(300), encodeSetOf([encodeOctetString(new Uint8Array(200))]))
    const readAll = (encoded: Uint8Array) => {
      const reader = new DerReader(encoded)
      const content = reader.readSequence()
      reader.end()
      content.readInteger()
      content.readSetOf(5, 1000).map((each) => each.readOctetString())
      content.end()
    }
    readAll(whole)
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => readAll(whole.subarray(0, length))).toThrow(FormatError)
    }
  })

  test('anything else, without another error than FormatError', () => {
    fc.assert(
      fc.property(
        bytes(60),
        fc.constantFrom('readSequence', 'readInteger', 'readOctetString', 'readElement', 'readUnsigned'),
        (input, method) => {
          try {
            const reader = new DerReader(input)
            reader[method]()
            reader.end()
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })
})

test('deep nesting costs nothing', () => {
  let nested: Uint8Array = encodeOctetString(Uint8Array.of(1))
  for (let depth = 0; depth < 2000; depth += 1) nested = encodeSequence(nested)
  const reader = new DerReader(nested)
  reader.readElement()
  reader.end()
})

test('what is read is a view: nothing is copied or allocated by a claimed length', () => {
  const encoded = encodeOctetString(new Uint8Array(1000))
  expect(new DerReader(encoded).readOctetString().buffer).toBe(encoded.buffer)
})
