// How many bytes a page loads for the client, bundled by Rolldown, as Vite does: minified, and compressed by gzip.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

const KIB = 1024

/** What is measured: `limit` in KiB, gzipped; what is loaded later, when an operation or an old format is met, does not count. */
const bundles = [
  { name: 'the client with gcm and floe', names: ['OssEncryptionClient'], limit: 30 },
  { name: 'the client and its store over signed URLs', names: ['OssEncryptionClient', 'PresignedStore'], limit: 33 },
]

/** Of packages that no page needs: KMS is asked by its backend, and Node is not there. */
const FORBIDDEN = /\/(?:ali-oss|@alicloud\/[^/]+|urllib)\/|^node:|\/(?:kms\/(?!no-)|node-)[^/]*\.js$/

/**
 * Measures what is installed in a folder.
 *
 * @param {string} consumer
 * @returns {AsyncGenerator<{ readonly name: string, readonly problems: readonly string[] }>}
 */
export async function* checkBundle(consumer) {
  for (const { name, names, limit } of bundles) {
    const { gzipLength, length, modules } = await measure(consumer, names)
    const problems = modules
      .filter(({ id }) => FORBIDDEN.test(id))
      .map(({ id }) => `${id} does not belong into a page's bundle`)
    if (gzipLength > limit * KIB) {
      problems.push(`${inKib(gzipLength)} are more than ${limit} KiB; the largest:`)
      problems.push(
        ...modules.slice(0, 15).map((module) => `  ${inKib(module.length)} before it is minified: ${module.id}`),
      )
    }
    const largest = modules
      .slice(0, 3)
      .map(({ id, length: bytes }) => `${id.split('/').slice(-2).join('/')} ${inKib(bytes)}`)
    const said = `${inKib(gzipLength)} gzipped of ${limit} KiB, ${inKib(length)} minified`
    yield { name: `a page's bundle: ${name}: ${said}; largest before minifying: ${largest.join(', ')}`, problems }
  }
}

/**
 * @param {string} consumer
 * @param {readonly string[]} names
 */
async function measure(consumer, names) {
  const folder = join(consumer, 'bundle')
  mkdirSync(folder, { recursive: true })
  const entry = join(folder, 'page.mjs')
  writeFileSync(
    entry,
    `import { ${names.join(', ')} } from 'osscrypt/oss'\nglobalThis.page = { ${names.join(', ')} }\n`,
  )
  // Into how many files the rest is cut is the bundler's, and what they say to each other is not counted.
  const later = {
    name: 'later',
    /** @type {import('rolldown').Plugin['resolveId']} */
    resolveId: (id, _importer, { kind }) => (kind === 'dynamic-import' ? { id, external: true } : null),
  }
  const bundle = await rolldown({ input: entry, platform: 'browser', logLevel: 'silent', plugins: [later] })
  const { output } = await bundle.generate({ format: 'es', minify: true })
  await bundle.close()
  const [chunk] = output
  return {
    length: Buffer.byteLength(chunk.code),
    gzipLength: gzipSync(chunk.code, { level: 9 }).length,
    modules: Object.entries(chunk.modules)
      .map(([id, { renderedLength }]) => ({ id, length: renderedLength }))
      .sort((left, right) => right.length - left.length),
  }
}

/** @param {number} bytes */
function inKib(bytes) {
  return `${(bytes / KIB).toFixed(1)} KiB`
}
