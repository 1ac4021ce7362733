import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RsaDataKeyProvider, type WrappedSecrets } from 'osscrypt'
import type { Answers, Results } from './program-server.js'

const own = fileURLToPath(new URL('../vectors/', import.meta.url))
const shared = fileURLToPath(new URL('../../../../../shared/vectors/', import.meta.url))

/** How many cases each file has; what is a third party's is read where it is. */
const files = Object.entries({
  [`${own}encryption-sdk/java.json`]: 121,
  [`${own}encryption-sdk/python.json`]: 35,
  [`${own}encryption-sdk/tampered.json`]: 213,
  [`${own}oss-sdk-cse/oss-sdk-cse.json`]: 67,
  [`${shared}floe/floe-kats.json`]: 11,
}).filter(([path]) => {
  if (existsSync(path)) return true
  console.warn(`${path}: skipped, it is not there`)
  return false
})

interface ToUnwrap {
  readonly privateKey: string
  readonly wrapAlgorithm: WrappedSecrets['wrapAlgorithm']
  readonly secrets: readonly { readonly wrapped: string; readonly length?: number }[]
}

async function unwrap({ privateKey, wrapAlgorithm, secrets }: ToUnwrap): Promise<string[] | null> {
  const opened = await new RsaDataKeyProvider({ privateKey }).unwrapSecrets({
    wrapAlgorithm,
    description: {},
    secrets: secrets.map(({ wrapped, length }) => ({ wrapped: Buffer.from(wrapped, 'base64'), length })),
  })
  return opened?.map((secret) => Buffer.from(secret).toString('base64')) ?? null
}

/** What `vector-cases.mjs` asks. */
export const vectorAnswers: Answers = {
  vectors: () => files.map(([path]) => ({ file: path, content: JSON.parse(readFileSync(path, 'utf8')) as unknown })),
  unwrap,
}

/** What comes of it, as in Node. */
export const vectorResults: Results = Object.fromEntries(
  files.map(([path, count]) => [path, `${String(count)} passed`]),
)
