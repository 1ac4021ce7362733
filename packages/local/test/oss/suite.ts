import { afterAll, describe } from 'vitest'
import type { Context } from './suite/context.js'
import { copyTests } from './suite/copies.js'
import { listingTests } from './suite/listing.js'
import { multipartTests } from './suite/multipart.js'
import { objectTests } from './suite/objects.js'
import { readTests } from './suite/reads.js'
import { createClient, uniquePrefix, type Target } from './target.js'

/** What an OSS has to do for ali-oss, be it the local one or the real one. It leaves nothing behind in the bucket. */
export function ossSuite(target: Target): void {
  describe.each([
    ['version 1', false],
    ['version 4', true],
  ])('with signatures of %s', (_, authorizationV4) => {
    const prefix = uniquePrefix()
    const create: Context['createClient'] = (settings) => createClient(target, { authorizationV4, ...settings })
    const context: Context = { target, client: create(), createClient: create, key: (name) => `${prefix}${name}` }

    afterAll(async () => {
      for (;;) {
        const { objects } = await context.client.listV2({ prefix, 'max-keys': 1000 })
        if (objects.length === 0) break
        await context.client.deleteMulti(
          objects.map(({ name }: { name: string }) => name),
          { quiet: true },
        )
      }
    })

    describe('objects', () => objectTests(context))
    describe('reads', () => readTests(context))
    describe('listings', () => listingTests(context))
    describe('copies', () => copyTests(context))
    describe('multipart uploads', () => multipartTests(context))
  })
}
