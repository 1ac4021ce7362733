/** What DER writing is needed for a certificate. Each function returns one encoded value. */

export function encodeDer(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content])
}

export function sequence(...values: Uint8Array[]): Buffer {
  return encodeDer(0x30, ...values)
}

/** A number that is not negative, from its bytes without leading zeros. */
export function integer(bytes: Uint8Array): Buffer {
  const isHigh = (bytes[0] ?? 0) >= 0x80
  return encodeDer(0x02, Buffer.from(isHigh ? [0] : []), bytes)
}

export function boolean(value: boolean): Buffer {
  return encodeDer(0x01, Buffer.from([value ? 0xff : 0]))
}

export function octetString(bytes: Uint8Array): Buffer {
  return encodeDer(0x04, bytes)
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return encodeDer(0x03, Buffer.from([unusedBits]), bytes)
}

export function utf8String(text: string): Buffer {
  return encodeDer(0x0c, Buffer.from(text))
}

/** UTCTime; for the years 1950 to 2049. */
export function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)
  return encodeDer(0x17, Buffer.from(`${digits}Z`))
}

/** From the dotted form. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    return groups
  })
  return encodeDer(0x06, Buffer.from(bytes))
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff]
  return Buffer.from([0x80 | bytes.length, ...bytes])
}
