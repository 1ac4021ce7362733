import { beforeAll, expect, test } from 'vitest'
import type { Context } from './context.js'

const NAMES = ['a', 'a/1', 'a/2', 'a/b/3', 'b&<', 'c c+', 'd/', 'd/x', 'e\uffe6', 'e😀', 'ö']
/** The order of UTF-8 bytes, in which U+1F600 comes after U+FFE6, though JavaScript's order has it before. */
const SORTED = NAMES

interface Page {
  readonly objects?: { readonly name: string }[]
  readonly prefixes?: string[] | null
  readonly isTruncated: boolean
  readonly nextMarker?: string | null
  readonly nextContinuationToken?: string | null
}

export function listingTests({ client, key }: Context): void {
  const prefix = key('list/')
  const named = (name: string): string => `${prefix}${name}`
  const namesOf = (page: Page): string[] => (page.objects ?? []).map(({ name }) => name.slice(prefix.length))
  const prefixesOf = (page: Page): string[] => (page.prefixes ?? []).map((name) => name.slice(prefix.length))

  beforeAll(async () => {
    for (const name of [...NAMES].reverse()) await client.put(named(name), Buffer.from(name))
  })

  test('lists in the order of UTF-8 bytes, with what objects are', async () => {
    for (const page of [await client.list({ prefix }), await client.listV2({ prefix })]) {
      expect(namesOf(page)).toEqual(SORTED)
      expect(page.isTruncated).toBe(false)
      expect(page.objects[0]).toMatchObject({
        etag: '"0CC175B9C0F1B6A831C399E269772661"',
        size: 1,
        type: 'Normal',
        storageClass: 'Standard',
      })
      expect(page.objects[0].lastModified).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
  })

  test.each([1, 2, 3, 10, 11, 12])('lists by pages of %i', async (size) => {
    const v1: string[] = []
    let marker: string | null = null
    do {
      const page: Page = await client.list({ prefix, 'max-keys': size, ...(marker !== null && { marker }) })
      expect(namesOf(page).length).toBeLessThanOrEqual(size)
      v1.push(...namesOf(page))
      marker = page.isTruncated ? (page.nextMarker ?? null) : null
    } while (marker !== null)
    expect(v1).toEqual(SORTED)

    const v2: string[] = []
    let token: string | null = null
    do {
      const page: Page = await client.listV2({
        prefix,
        'max-keys': size,
        ...(token !== null && { 'continuation-token': token }),
      })
      v2.push(...namesOf(page))
      token = page.nextContinuationToken ?? null
    } while (token !== null)
    expect(v2).toEqual(SORTED)
  })

  test('groups by a delimiter, on every page once', async () => {
    for (const size of [1, 2, 3, 100]) {
      const found: string[] = []
      let token: string | null = null
      do {
        const page: Page = await client.listV2({
          prefix,
          delimiter: '/',
          'max-keys': size,
          ...(token !== null && { 'continuation-token': token }),
        })
        found.push(...namesOf(page), ...prefixesOf(page))
        token = page.nextContinuationToken ?? null
      } while (token !== null)
      expect(found.sort()).toEqual(['a', 'a/', 'b&<', 'c c+', 'd/', 'e\uffe6', 'e😀', 'ö'].sort())
    }
    const below = await client.list({ prefix: named('a/'), delimiter: '/' })
    expect([namesOf(below), prefixesOf(below)]).toEqual([['a/1', 'a/2'], ['a/b/']])
  })

  test('begins after a key', async () => {
    expect(namesOf(await client.listV2({ prefix, 'start-after': named('c c+') }))).toEqual(SORTED.slice(6))
    expect(namesOf(await client.list({ prefix, marker: named('a/1') }))).toEqual(SORTED.slice(3 - 1))
  })

  test('encodes keys and names the owner when asked to', async () => {
    const page = await client.listV2({ prefix: named('b'), 'encoding-type': 'url', 'fetch-owner': 'true' })
    expect(decodeURIComponent(page.objects[0].name)).toBe(named('b&<'))
    expect(page.objects[0].name).not.toContain('&')
    expect(page.objects[0].owner.id).toBeTruthy()
    expect((await client.listV2({ prefix: named('b') })).objects[0].owner).toBeNull()
  })

  test('refuses a number of keys that is out of bounds', async () => {
    for (const maxKeys of ['0', '1001', 'x']) {
      await expect(client.list({ prefix, 'max-keys': maxKeys })).rejects.toMatchObject({
        status: 400,
        code: 'InvalidArgument',
      })
    }
  })
}
