import { createFloe, encryptFloe, FLOE_HEADER_LENGTH, openFloe } from 'osscrypt/floe'
import { expect, test } from 'vitest'

const KEY = new Uint8Array(32)
const AAD = new Uint8Array(0)

test.each([0, 1, 16, 31, 33])('keys of %d bytes are refused', async (length) => {
  await expect(createFloe(new Uint8Array(length), AAD)).rejects.toThrow(RangeError)
  const { header } = await createFloe(KEY, AAD)
  await expect(openFloe(new Uint8Array(length), AAD, header)).rejects.toThrow(RangeError)
})

// Cut into segments without room for plaintext, a message would never end.
test.each([0, 1, 31, 32, -1, 33.5, Number.NaN, Infinity, 2 ** 32])(
  'segments of %d bytes are refused',
  async (segmentLength) => {
    await expect(createFloe(KEY, AAD, { segmentLength })).rejects.toThrow(RangeError)
  },
)

test.each([0, 1, 32])('so is a header that tells of segments of %d bytes', async (segmentLength) => {
  const { header } = await createFloe(KEY, AAD, { segmentLength: 64 })
  const changed = Uint8Array.from(header)
  new DataView(changed.buffer).setUint32(2, segmentLength)
  await expect(openFloe(KEY, AAD, changed)).rejects.toMatchObject({ name: 'FormatError', code: 'LimitExceeded' })
})

test('segments with room for one byte hold one', async () => {
  const cipher = await createFloe(KEY, AAD, { segmentLength: 33 })
  const plaintext = (async function* () {
    yield await Promise.resolve(Uint8Array.of(1, 2, 3))
  })()
  let length = 0
  for await (const piece of encryptFloe(cipher, plaintext)) length += piece.length
  expect(length).toBe(FLOE_HEADER_LENGTH + 3 * 33)
})
