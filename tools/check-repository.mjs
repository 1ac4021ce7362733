// Facts about the repository that no compiler or linter looks at: `npm run repository`.
// Takes the folder to look at as its argument, this repository by default.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeBlocks, commands, headingAnchors, links } from './markdown.mjs'

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..')

/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8')
/** @param {string} path */
const exists = (path) => existsSync(join(root, path))

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
const files = tracked.filter(exists)
const markdown = files.filter((path) => path.endsWith('.md') && !path.includes('/vectors/'))
const publicPackages = files
  .filter((path) => /^packages\/[^/]+\/package\.json$/.test(path))
  .map((path) => ({ folder: posix.dirname(path), manifest: JSON.parse(read(path)) }))
  .filter(({ manifest }) => manifest.private !== true)

// Written so that they do not match themselves.
const machinePath = /(?<![\w.~-])\/(?:work|root|home)\/[\w.-]*/
const accessKeyId = /\bLTAI[A-Za-z0-9]{8,}/
const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/

/** @type {Record<string, () => string[]>} */
const checks = {
  'lock files name no registry and have a hash for every package': checkLockFile,
  'no path of a machine and no secret in a tracked file': checkContents,
  'every relative link in Markdown leads somewhere': checkLinks,
  "README's first sh block is two commands, and npm test is named": checkQuickStart,
  'a page and its translation (NAME-CN.md) show the same code': checkTranslations,
  'docs/ARCHITECTURE.md gives a reason for every dependency': checkDependencyReasons,
  'every public package carries the licence': checkLicences,
}

let failed = 0
for (const [name, check] of Object.entries(checks)) {
  const problems = check()
  if (problems.length > 0) failed++
  console.log(`${problems.length === 0 ? 'ok' : 'FAILED'}  ${name}`)
  for (const problem of problems) console.log(`        ${problem}`)
}
process.exitCode = failed === 0 ? 0 : 1

function checkLockFile() {
  if (!exists('package-lock.json')) return ['package-lock.json is missing']
  return ['package-lock.json', 'bench/package-lock.json'].filter(exists).flatMap((file) => {
    /** @type {{packages: Record<string, {resolved?: string, integrity?: string, link?: boolean, inBundle?: boolean}>}} */
    const lock = JSON.parse(read(file))
    return Object.entries(lock.packages).flatMap(([path, { resolved, integrity, link, inBundle }]) => {
      if (resolved !== undefined && !(link === true && /^(?:packages\/[\w-]+|examples)$/.test(resolved))) {
        return [`${file}: ${path} is resolved to an address; npm install with the repository's .npmrc leaves it out`]
      }
      const fetched = path.includes('node_modules/') && link !== true && inBundle !== true
      return fetched && integrity === undefined ? [`${file}: ${path} has no integrity`] : []
    })
  })
}

function checkContents() {
  return files.flatMap((path) => {
    const text = read(path)
    if (text.includes('\0')) return []
    const isVector = path.includes('/vectors/')
    return text.split('\n').flatMap((line, index) => {
      const at = `${path}:${index + 1}`
      const problems = []
      if (machinePath.test(line)) problems.push(`${at} names a path of a machine`)
      if (!isVector && accessKeyId.test(line)) problems.push(`${at} looks like an access key id`)
      if (!isVector && privateKey.test(line)) problems.push(`${at} is a private key`)
      return problems
    })
  })
}

function checkLinks() {
  const folders = new Set(files.flatMap((path) => ancestors(path)))
  return markdown.flatMap((path) =>
    links(read(path)).flatMap(({ target, line }) => {
      if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) return []
      const [file = '', anchor] = decodeURIComponent(target).split('#')
      const resolved = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '')
      if (!files.includes(resolved) && !folders.has(resolved)) return [`${path}:${line} ${target}: no such file in git`]
      if (anchor === undefined || !resolved.endsWith('.md')) return []
      return headingAnchors(read(resolved)).has(anchor) ? [] : [`${path}:${line} ${target}: no such heading`]
    }),
  )
}

/** @param {string} path */
function ancestors(path) {
  const parts = path.split('/').slice(0, -1)
  return ['.', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))]
}

function checkQuickStart() {
  if (!exists('README.md')) return ['README.md is missing']
  const text = read('README.md')
  const first = codeBlocks(text).find(({ language }) => language === 'sh')
  if (first === undefined) return ['README.md has no sh block']
  const count = commands(first.code).length
  return [
    ...(count === 2 ? [] : [`README.md:${first.line} the first sh block has ${count} commands`]),
    ...(text.includes('npm test') ? [] : ['README.md does not say how to run the tests (npm test)']),
  ]
}

function checkTranslations() {
  const missing = ['README.md', 'README-CN.md'].filter((path) => !exists(path))
  const translated = markdown.filter((path) => path.endsWith('-CN.md'))
  return [
    ...missing.map((path) => `${path} is missing`),
    ...translated.flatMap((path) => {
      const original = path.replace(/-CN\.md$/, '.md')
      return exists(original) ? compareCode(original, path) : [`${path} is the translation of nothing`]
    }),
  ]
}

/** What differs in the code of two documents.
 * @param {string} original
 * @param {string} translation
 */
function compareCode(original, translation) {
  const [english, chinese] = [codeBlocks(read(original)), codeBlocks(read(translation))]
  const problems = english.flatMap(({ language, code, line }, index) => {
    const other = chinese[index]
    if (other === undefined) return [`${original}:${line} the code block is missing in ${translation}`]
    if (other.language === language && other.code === code) return []
    return [`${original}:${line} and ${translation}:${other.line} differ`]
  })
  const extra = chinese.slice(english.length)
  return [...problems, ...extra.map(({ line }) => `${translation}:${line} the code block is missing in ${original}`)]
}

function checkDependencyReasons() {
  const own = new Set(publicPackages.map(({ manifest }) => manifest.name))
  const lines = exists('docs/ARCHITECTURE.md') ? read('docs/ARCHITECTURE.md').split('\n') : []
  return publicPackages.flatMap(({ folder, manifest }) => {
    const names = Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    })
    return names
      .filter((name) => !own.has(name))
      .filter((name) => !lines.some((line) => line.includes(`\`${name}\``) && isReason(line, name)))
      .map((name) => `${name} (${folder}) has no line with \`${name}\` and a reason`)
  })
}

/** Whether a line says more than the name of a dependency.
 * @param {string} line
 * @param {string} name
 */
function isReason(line, name) {
  return line.replaceAll(name, '').replaceAll(/[^\p{L}\p{N}]/gu, '').length >= 10
}

function checkLicences() {
  const licence = read('LICENSE')
  return publicPackages.flatMap(({ folder, manifest }) => {
    const path = `${folder}/LICENSE`
    if (!files.includes(path)) return [`${path} is missing`]
    if (read(path) !== licence) return [`${path} differs from LICENSE`]
    return manifest.license === 'Apache-2.0' ? [] : [`${folder}/package.json names no licence or another one`]
  })
}
