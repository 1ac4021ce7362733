// Builds the page into dist/page, unless what is there was built of what is here: `npm run build`.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const folder = fileURLToPath(new URL('.', import.meta.url))
const inputs = ['page', 'src/api', '../sdk/dist', 'package.json', 'vite.config.ts', '../../package-lock.json']
const stamp = join(folder, 'dist/page/.built-of')

const hash = createHash('sha256')
for (const input of inputs) addFile(join(folder, input))
const built = hash.digest('hex')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== built) {
  await build({ configFile: join(folder, 'vite.config.ts') })
  // By itself: not every browser takes a service worker that imports. It stands where everything is in its scope, under a name that stays.
  const entry = join(folder, 'page/media/service-worker.ts')
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir: join(folder, 'dist/page'),
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry, formats: ['iife'], name: 'worker', fileName: () => 'service-worker.js' },
    },
  })
  writeFileSync(stamp, built)
}

/** @param {string} path */
function addFile(path) {
  const entries = existsSync(path) ? readdirIfFolder(path) : []
  if (entries) for (const entry of entries) addFile(join(path, entry))
  else if (!/\.(?:d\.ts|map)$|tsbuildinfo/.test(path)) hash.update(relative(folder, path)).update(readFileSync(path))
}

/** @param {string} path */
function readdirIfFolder(path) {
  try {
    return readdirSync(path).sort()
  } catch {
    return null
  }
}
