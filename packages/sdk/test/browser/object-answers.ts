import { createHash } from 'node:crypto'
import { patternBytes } from '../support/bytes.js'
import type { CloudFixture } from '../support/cloud-fixture.js'
import { allowPages, pageBackend } from './backend.js'
import type { Answers } from './program-server.js'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

interface Stored {
  readonly name: string
  readonly sha256: string
}

/** What `message-cases.mjs` and `object-cases.mjs` ask. */
export async function objectAnswers(fixture: CloudFixture): Promise<Answers> {
  await allowPages(fixture.cloud)
  const cmkArns = [fixture.cmkArn, await fixture.cloud.createKey()]
  const client = fixture.client({ allowLegacyFormats: true })
  return {
    ...pageBackend(fixture.cloud),
    settings: () => ({ cmkArns }),
    written: async () => {
      const formats = {
        gcm: { format: 'gcm' },
        floe: { format: 'floe', segmentLength: 65_536 },
        message: { format: 'message-body' },
        stream: { format: 'message-body', messageForm: 'stream' },
        ctr: { format: 'gcm', algorithm: 'AES_CTR_NOPADDING_256', allowUnauthenticatedAlgorithms: true },
        old: { format: 'oss-sdk-ctr', writeWithoutIntegrity: true },
      } as const
      const objects: (Stored & { readonly legacy: boolean })[] = []
      for (const [name, options] of Object.entries(formats)) {
        const content = patternBytes(200_003)
        await client.put(`node/${name}`, content, options)
        objects.push({ name: `node/${name}`, sha256: sha256(content), legacy: name === 'old' })
      }
      return { objects }
    },
    check: async (objects: readonly Stored[]) => {
      for (const { name, sha256: expected } of objects) {
        const { content } = await client.get(name, { allowUnauthenticatedAlgorithms: true })
        if (sha256(content) !== expected) throw new Error(`${name}: other bytes`)
      }
    },
  }
}

const ofFormat = [
  'put of all that there is, get, getStream',
  'parts of an object, once it is there',
  'head, verify, copy, rewrap, upgrade, delete',
  'progress, and an end when it is wanted',
  'a text, which OSS compresses for browsers',
  'changed bytes are noticed',
].flatMap((name) => [`gcm: ${name}`, `floe: ${name}`])

/** The names of all that they try. */
export const objectCaseNames = [
  'AES-GCM in parts is what Web Crypto makes in one call',
  'FLOE goes there and back, and notices a flipped bit',
  'messages and streams go there and back',
  'a stream that is ended ends whoever writes',
  ...ofFormat,
  'what the OSS SDKs write themselves is read only where it is allowed, and upgraded',
  'what Node wrote is read',
  'what a page wrote is read by Node',
  'what is none of the platform is refused by name',
]
