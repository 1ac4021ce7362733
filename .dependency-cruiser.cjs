// The layers of docs/ARCHITECTURE.md, kept by `npm run layers`. tools/layers.test.ts shows that each rule bites.
const { existsSync, readFileSync } = require('node:fs')

/** For each folder of packages/sdk/src, the other folders that it may import. errors.ts, options.ts and retry/ are open to all. */
const layers = {
  bytes: [],
  retry: [],
  crypto: ['bytes'],
  io: ['bytes', 'crypto'],
  spool: ['bytes', 'io'],
  message: ['bytes', 'crypto'],
  floe: ['bytes', 'crypto'],
  kms: ['bytes', 'crypto', 'message'],
  keys: ['bytes', 'crypto', 'message', 'floe', 'kms'],
  signature: ['bytes', 'crypto', 'kms', 'keys'],
  source: ['bytes', 'io'],
  target: ['bytes', 'io'],
  store: ['bytes'],
  transfer: ['bytes', 'crypto', 'io', 'message', 'source', 'store'],
  format: ['bytes', 'crypto', 'spool', 'message', 'floe', 'kms', 'keys', 'source', 'store', 'transfer'],
  broker: ['bytes', 'crypto', 'message', 'kms', 'keys', 'store', 'format'],
  encryption: ['bytes', 'crypto', 'io', 'spool', 'message', 'kms', 'keys', 'signature'],
  testing: ['bytes', 'crypto', 'message', 'kms', 'keys', 'store', 'oss'],
  oss: [
    'bytes',
    'crypto',
    'io',
    'spool',
    'message',
    'floe',
    'kms',
    'keys',
    'source',
    'target',
    'store',
    'transfer',
    'format',
  ],
  browser: ['source', 'store', 'transfer', 'oss'],
}
const sdk = '^packages/sdk/src/'
const anyOf = (names) => `(?:${names.join('|')})`

/** The folders that also run in a browser: everything in them except files named node-*.ts. */
const portable = `${sdk}(?:${anyOf(['bytes', 'crypto', 'message', 'floe', 'keys', 'retry', 'testing', 'spool', 'source', 'target', 'store', 'transfer', 'format', 'oss', 'browser', 'broker', 'encryption'])}/|(?:errors|options|floe|web-index)\\.ts$)`
const nodeFile = '/node-[^/]+\\.ts$'

/** Rooms of Node's alone within them, and beside them. */
const nodeRooms = `${sdk}(?:io|store/ali-oss)/`

const manifest = (folder) => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
const sourceOf = (folder, built) => `${folder}/${built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`
const escaped = (path) => path.replaceAll('.', '\\.')

/** What package.json `imports` picks for Node and for everything else. */
const chosenForNode = Object.values(manifest('packages/sdk').imports ?? {}).map(({ node }) =>
  sourceOf('packages/sdk', node),
)

/** The sources of what a package exports: the only files that other packages and the examples may import. */
const entryPoints = (folder) =>
  existsSync(`${folder}/package.json`)
    ? Object.values(manifest(folder).exports ?? {})
        .flatMap((target) => (typeof target === 'string' ? [target] : [target.node, target.default]))
        .filter((target) => target?.endsWith('.js'))
        .map((target) => sourceOf(folder, target))
    : []
const publicFiles = ['packages/sdk', 'packages/local', 'packages/jobs', 'packages/console', 'packages/cli'].flatMap(
  entryPoints,
)
const publicFile = `^${anyOf(publicFiles.map(escaped))}$`

const aliases = ['aliased', 'aliased-subpath-import', 'aliased-tsconfig', 'aliased-tsconfig-paths', 'aliased-workspace']
const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** What osscrypt is compared with is installed when the benchmarks run. */
const peers = existsSync('bench/package.json') ? Object.keys(manifest('bench').dependencies) : []
const peer = `^${anyOf(peers.map(escaped))}$`

module.exports = {
  forbidden: [
    error('no-circles', 'Files that import each other cannot be understood one at a time.', {}, { circular: true }),
    error('no-unresolvable', 'The import leads nowhere.', {}, { couldNotResolve: true, pathNot: peer }),

    ...Object.entries(layers).map(([layer, below]) =>
      error(
        `layer-${layer}`,
        `${layer}/ may import ${[...below, 'retry', 'errors.ts', 'options.ts'].join(', ')} and nothing else of the sdk.`,
        { path: `${sdk}${layer}/` },
        { path: sdk, pathNot: `${sdk}(?:${anyOf([layer, ...below, 'retry'])}/|(?:errors|options)\\.ts$)` },
      ),
    ),
    error(
      'layer-errors',
      'errors.ts is used by all and so imports nothing.',
      { path: `${sdk}errors\\.ts$` },
      { path: sdk },
    ),
    error(
      'layer-unknown',
      'The folder has no place among the layers yet: give it one in .dependency-cruiser.cjs and docs/ARCHITECTURE.md.',
      { path: `${sdk}[^/]+/`, pathNot: `${sdk}${anyOf(Object.keys(layers))}/` },
      {},
    ),

    error(
      'portable-no-node',
      'Portable layers run in browsers: Node code belongs in a file named node-*.ts, chosen by package.json "imports".',
      { path: portable, pathNot: [nodeFile, nodeRooms, ...chosenForNode.map(escaped)] },
      { dependencyTypes: ['core'] },
    ),
    error(
      'portable-no-node-file',
      'A portable file reaches a file for Node only through package.json "imports".',
      { path: portable, pathNot: [nodeFile, nodeRooms, ...chosenForNode.map(escaped)] },
      {
        path: [nodeFile, nodeRooms, ...chosenForNode.map((path) => `^${escaped(path)}$`)],
        dependencyTypesNot: aliases,
      },
    ),

    error(
      'local-not-sdk',
      'An emulator that shared code with the sdk would agree with its bugs.',
      { path: '^packages/local/src/' },
      { path: '^packages/(?!local/)|^node_modules/osscrypt' },
    ),
    error(
      'sdk-not-local',
      'The library does not know the emulator.',
      { path: sdk },
      { path: '^packages/(?!sdk/)|^node_modules/osscrypt' },
    ),
    error(
      'only-entry-points',
      'The command, the jobs, the examples and the benchmarks use what every user can use: the entry points.',
      { path: '^(?:packages/(?:cli|jobs|console)/(?:src|page)|examples|bench)/' },
      // A version of its own of a dependency is put there by npm.
      {
        path: '^packages/',
        pathNot: [
          publicFile,
          '^packages/(?:cli|jobs)/src/',
          '^packages/console/(?:src|page)/',
          '^packages/[^/]+/node_modules/',
        ],
      },
    ),
    error(
      'only-package-names',
      'The command, the jobs, the examples and the benchmarks name packages as users do, not files of this repository.',
      { path: '^(?:packages/(?:cli|jobs|console)/(?:src|page)|examples|bench)/' },
      { path: '^packages/(?!(?:cli|jobs|console)/)', dependencyTypesNot: aliases },
    ),
    error(
      'jobs-without-redis',
      'Jobs in one process load nothing of what jobs over Redis need: only the entry point queue.ts and what is behind it does.',
      { path: '^packages/jobs/src/(?!queue)' },
      { path: '^packages/jobs/src/queue|^node_modules/(?:bullmq|ioredis)/' },
    ),
    error(
      'page-no-server',
      'The page runs in a browser: of the console’s server it knows the shape of what they say to each other.',
      { path: '^packages/console/page/' },
      { path: '^packages/console/src/(?!api/messages\\.ts$)' },
    ),
    error(
      'server-no-page',
      'The server serves the page as it was built.',
      { path: '^packages/console/src/' },
      { path: '^packages/console/page/' },
    ),
    error(
      'tests-of-other-packages',
      'A test reaches into its own package only; it sees the others as users do.',
      { path: '^packages/([^/]+)/test/' },
      { path: '^packages/', pathNot: ['^packages/$1/', publicFile] },
    ),
    error(
      'src-not-outside',
      'What is published imports neither tests, tools, examples nor what was built.',
      { path: '^packages/[^/]+/src/' },
      { path: '^(?:packages/[^/]+/(?:test|dist)|examples|tools|bench)/' },
    ),
    error(
      'src-no-dev-dependencies',
      'What is published may import only what its own package.json lists under dependencies.',
      { path: '^packages/[^/]+/src/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: ['^packages/', '^node_modules/@types/'] },
    ),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '/(?:coverage|vectors)/' },
    // Imports of types only are dependencies too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
}
