import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * Bundles what a browser needs of a package, minified.
 *
 * @param {string} entry
 * @param {readonly string[]} names what is used of it
 * @returns {Promise<{ code: Uint8Array; bytes: number; gzipBytes: number }>}
 */
export async function bundleForBrowser(entry, names) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names.join(', ')} } from '${entry}'`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'error',
  })
  const [file] = outputFiles
  if (!file) throw new Error(`nothing came of ${entry}`)
  return { code: file.contents, bytes: file.contents.length, gzipBytes: gzipSync(file.contents, { level: 9 }).length }
}

/**
 * Loads a bundle from memory, to show that it works.
 *
 * @param {Uint8Array} code
 */
export async function importBundle(code) {
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)
}
