// Compiles what the READMEs and the pages of docs/ show, and everything there is to import, against the installed packages: in each way in which TypeScript finds
// modules, as strictly as it can, declarations of others included.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { codeBlocks } from '../markdown.mjs'
import { root } from './packages.mjs'

/** @import { Packed } from './packages.mjs' */

const { ModuleKind, ModuleResolutionKind } = ts

/** What is compiled how. A `.cts` file imports by `require`.
 * @type {readonly { readonly name: string, readonly extensions: readonly string[], readonly settings: ts.CompilerOptions }[]}
 */
const setups = [
  {
    name: 'ES modules, moduleResolution bundler',
    extensions: ['.ts'],
    settings: { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler },
  },
  {
    name: 'CommonJS, moduleResolution bundler',
    extensions: ['.ts'],
    settings: { module: ModuleKind.CommonJS, moduleResolution: ModuleResolutionKind.Bundler },
  },
  // Its `require` takes no ES modules: CommonJS has `import()`.
  { name: 'node16', extensions: ['.mts'], settings: { module: ModuleKind.Node16 } },
  {
    name: 'nodenext, ES modules and CommonJS',
    extensions: ['.mts', '.cts'],
    settings: { module: ModuleKind.NodeNext },
  },
]

/** Pages whose code is out of programs of `examples/`, which a test compares it with and runs. */
const quoted = ['MIGRATION.md', 'ALGORITHMS.md', 'OLD-OBJECTS.md']

/** What the pieces of code take for granted. */
const surroundings = `
import type { AccessKey, DataKeyCacheStore } from 'osscrypt'
import type { WorkerRegistration } from 'osscrypt/browser'
import type { OssEncryptionClient as Client, Progress, WritableDirectoryHandle, WritableFileHandle } from 'osscrypt/oss'
import type { LocalCloud } from 'osscrypt-local'
import type { ConsoleCloud } from 'osscrypt-console'
import type AliOss from 'ali-oss'
declare const client: Client
declare const cloud: LocalCloud
declare const consoleCloud: ConsoleCloud
declare const credentials: AccessKey
declare const cmkArn: string
declare const log: { write(record: object): void; error(error: unknown): void }
declare const newCmkArn: string
declare const ossBucket: AliOss
declare const userOfSession: (request: Request) => Promise<string | null>
declare const MyStore: new () => DataKeyCacheStore
declare const progress: Progress
declare const signal: AbortSignal
declare const file: File
declare const directory: WritableDirectoryHandle
declare function showSaveFilePicker(options: { readonly suggestedName: string }): Promise<WritableFileHandle>
declare const navigator: {
  readonly serviceWorker: { register(url: string, options: { readonly type: 'module' }): Promise<WorkerRegistration> }
}
`

const fromCommonJs = `
export async function example(cmkArn: string, endpoint: string) {
  const [{ KmsDataKeyProvider }, { startLocalCloud }] = await Promise.all([import('osscrypt'), import('osscrypt-local')])
  return [new KmsDataKeyProvider(cmkArn, { endpoint }), new KmsDataKeyProvider(cmkArn, (await startLocalCloud()).kmsOptions())]
}
`

/** Compiles in every setup.
 * @param {string} consumer The folder in which the packages are installed.
 * @param {readonly Packed[]} packages
 * @returns {{ readonly name: string, readonly problems: readonly string[] }[]}
 */
export function checkTypes(consumer, packages) {
  const programs = [...readmePrograms(), { name: 'subpaths', text: importEverything(packages) }]
  const folder = join(consumer, 'types')
  mkdirSync(folder)
  for (const { name, text } of programs) {
    for (const extension of ['.ts', '.mts', '.cts']) writeFileSync(join(folder, name + extension), text)
  }
  writeFileSync(join(folder, 'from-common-js.cts'), fromCommonJs)
  return setups.map(({ name, extensions, settings }) => {
    const files = programs.flatMap((program) => extensions.map((extension) => program.name + extension))
    if (extensions.includes('.mts')) files.push('from-common-js.cts')
    return { name: `types: ${name}`, problems: compile(folder, files, settings) }
  })
}

/** The JavaScript and TypeScript of the READMEs and of the pages, each piece a program of its own. */
function readmePrograms() {
  const readmes = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
  const pages = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md') && !quoted.includes(name))
    .map((name) => `docs/${name}`)
  return ['README.md', ...readmes, ...pages].flatMap((path) =>
    codeBlocks(readFileSync(join(root, path), 'utf8'))
      .filter(({ language }) => language === 'js' || language === 'ts')
      .map(({ code, line }) => ({ name: `${path.replaceAll('/', '-')}-${line}`, text: toProgram(code) })),
  )
}

/** Code as a function below its imports, so that it may await.
 * @param {string} code
 */
function toProgram(code) {
  const imports = /^import [^']*'[^']+'$/gm
  const body = ['export async function example() {', code.replaceAll(imports, ''), '}']
  return [surroundings, ...(code.match(imports) ?? []), ...body].join('\n')
}

/** @param {readonly Packed[]} packages */
function importEverything(packages) {
  const names = packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports).map((subpath) => name + subpath.slice(1)),
  )
  const modules = names.filter((name) => !name.endsWith('.json'))
  return modules.map((name, index) => `export * as m${index} from '${name}'\n`).join('')
}

/** What the compiler has to say, of the files and of the declarations that they lead to.
 * @param {string} folder
 * @param {readonly string[]} files
 * @param {ts.CompilerOptions} settings
 */
function compile(folder, files, settings) {
  const program = ts.createProgram(
    files.map((file) => join(folder, file)),
    {
      ...settings,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts'],
      types: ['node'],
      typeRoots: [join(folder, '../node_modules/@types')],
    },
  )
  const host = { getCanonicalFileName: String, getCurrentDirectory: () => folder, getNewLine: () => '\n' }
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => ts.formatDiagnostic(diagnostic, host).trim())
}
