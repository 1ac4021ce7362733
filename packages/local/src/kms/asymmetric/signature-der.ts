import { toNumber } from './ec-curve.js'

/** SEQUENCE { INTEGER r, INTEGER s }, for numbers of up to 256 bits. */
export function encodeSignature(r: bigint, s: bigint): Buffer {
  const content = Buffer.concat([encodeInteger(r), encodeInteger(s)])
  return Buffer.concat([Buffer.from([0x30, content.length]), content])
}

/** Undefined for anything but the one DER encoding. */
export function decodeSignature(der: Buffer): { r: bigint; s: bigint } | undefined {
  const rLength = der[3] ?? 0
  const sStart = 4 + rLength + 2
  if (rLength === 0 || der[0] !== 0x30 || der[2] !== 2 || der.length < sStart + 1 || der.length > 72) return undefined
  const [r, s] = [toNumber(der.subarray(4, 4 + rLength)), toNumber(der.subarray(sStart))]
  return encodeSignature(r, s).equals(der) ? { r, s } : undefined
}

function encodeInteger(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
  return Buffer.concat([Buffer.from([2, content.length]), content])
}
