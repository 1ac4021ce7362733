// Makes packages/local/docs/COMPATIBILITY.md from the tables of the local services' operations: `npm run -w osscrypt-local compatibility`.
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { kmsApi, guesses, notes } from './local-compatibility-notes.mjs'

/**
 * @typedef {{ method: string, resource: string, parameters: readonly { name: string, value: string | undefined }[], header: string | undefined, name: string }} AbsentRoute
 * @typedef {AbsentRoute & { optional: readonly string[] }} Route
 * @typedef {{ routes: readonly Route[], absentRoutes: readonly AbsentRoute[], kmsOperations: readonly string[] }} Tables
 */

/**
 * @param {Tables} tables
 * @returns {string}
 */
export function renderCompatibility({ routes, absentRoutes, kmsOperations }) {
  const known = new Set([...routes.map(({ name }) => name), ...kmsOperations])
  const stray = Object.keys(notes).filter((name) => !known.has(name))
  if (stray.length > 0) throw new Error(`there are notes on operations that are not there: ${stray.join(', ')}`)
  const absentKms = kmsApi.filter((name) => !kmsOperations.includes(name)).sort()
  const kmsCount = kmsOperations.length
  return `# What the local services answer

Made by \`npm run -w osscrypt-local compatibility\` from the tables that the services themselves look operations up in: do not edit.
It is an emulator for encryption and no second OSS: what is not here stays away.

## OSS

${count(routes)} operations are there. A parameter that is not named for an operation is answered with 501 \`NotImplemented\` and its name; who
signs and who pays may be told with every one. Nothing is touched then.

${table(
  ['operation', 'request', 'may have', 'differs'],
  routes.map((route) => [route.name, requestOf(route), optionalOf(route), notes[route.name] ?? '']),
)}

${count(absentRoutes)} operations are not. They are answered with 501 \`NotImplemented\`, their name in \`Message\` and \`Operation\`.

${table(
  ['operation', 'request'],
  absentRoutes.map((route) => [route.name, requestOf(route)]),
)}

### Guesses

What no public source tells. Those with a name can be turned round, to see that a client works either way:
\`startLocalCloud({ ossGuesses: { copyTellsCrc64: true } })\`.

${guesses.map((guess) => `- ${guess}`).join('\n')}

## KMS

${kmsCount} operations are there:

${[...kmsOperations].sort().join(', ')}.

${absentKms.length} are not, and are answered with 404 \`InvalidAction.NotFound\`:

${absentKms.join(', ')}.
`
}

/** @param {readonly AbsentRoute[]} routes */
function count(routes) {
  return new Set(routes.map(({ name }) => name)).size
}

/** @param {AbsentRoute} route */
function requestOf({ method, resource, parameters, header }) {
  const query = parameters.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join('&')
  const path = { service: '/', bucket: '/bucket/', object: '/bucket/key' }[resource] ?? ''
  return `\`${method} ${path}${query === '' ? '' : `?${query}`}\`${header === undefined ? '' : ` with \`${header}\``}`
}

/** @param {Route} route */
function optionalOf({ optional }) {
  if (optional.includes('*')) return 'anything'
  return optional.map((name) => `\`${name}\``).join(', ')
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  /** @param {string} path */
  const built = (path) => import(new URL(`../packages/local/dist/${path}`, import.meta.url).href)
  const { ROUTES } = await built('oss/protocol/routes.js')
  const { ABSENT_ROUTES } = await built('oss/protocol/absent-routes.js')
  const { operations } = await built('kms/operations.js')
  const document = renderCompatibility({
    routes: ROUTES,
    absentRoutes: ABSENT_ROUTES,
    kmsOperations: [...operations.keys()],
  })
  writeFileSync(new URL('../packages/local/docs/COMPATIBILITY.md', import.meta.url), document)
}
