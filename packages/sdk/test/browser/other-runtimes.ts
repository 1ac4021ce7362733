import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'vite'
import { serveProgram, type Answers, type Results } from './program-server.js'

const run = promisify(execFile)
const tests = JSON.stringify(fileURLToPath(new URL('portable-tests.mjs', import.meta.url)))

/** How a runtime starts a program of one file, and what the program is that it starts; ORIGIN is where the program's server is. */
interface OtherRuntime {
  readonly entry: string
  readonly format?: 'es' | 'iife'
  readonly files?: Readonly<Record<string, string>>
  readonly command: readonly [string, ...string[]]
}

/** With nothing of Node: what a bundle for browsers used of it would not be there. */
const script = `
  import { runPortableTests } from ${tests}
  const { ORIGIN } = process.env
  for (const name of ['Buffer', 'process', 'global']) delete globalThis[name]
  await runPortableTests(ORIGIN)`

const worker = `
  import { runPortableTests } from ${tests}
  export default { test: (_controller, { ORIGIN }) => runPortableTests(ORIGIN) }`

/** A worker's server as it was before it had Node's API. */
const workerd = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "tests", worker = (
    modules = [(name = "program", esModule = embed "program.mjs")],
    compatibilityDate = "2024-01-01",
    bindings = [(name = "ORIGIN", fromEnvironment = "ORIGIN")],
  )),
  (name = "internet", network = (allow = ["local", "private"])),
]);
`

const onEdge = `
  import { runPortableTests } from ${tests}
  globalThis.done = runPortableTests(ORIGIN)`

export const otherRuntimes = {
  workerd: {
    entry: worker,
    files: { 'workerd.capnp': workerd },
    command: ['workerd', 'test', 'workerd.capnp'],
  },
  'the Edge Runtime': {
    entry: onEdge,
    format: 'iife',
    command: [
      'node',
      fileURLToPath(new URL('../../../../tools/packaging/run-on-edge.mjs', import.meta.url)),
      'program.mjs',
    ],
  },
  Deno: { entry: script, command: ['deno', 'run', '--allow-net', '--allow-env', '--no-prompt', 'program.mjs'] },
  Bun: { entry: script, command: ['bun', 'program.mjs'] },
} satisfies Record<string, OtherRuntime>

/**
 * Bundles the portable tests as for a browser, has a runtime run them, and waits for what they report.
 *
 * @param programs The folder of the runtimes' commands.
 */
export async function runElsewhere(programs: string, runtime: OtherRuntime, answers: Answers): Promise<Results> {
  const { entry, files = {}, format = 'es', command } = runtime
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  const server = await serveProgram(answers)
  try {
    for (const [name, text] of Object.entries({ ...files, 'entry.mjs': entry }))
      await writeFile(join(folder, name), text)
    await bundle(folder, format)
    const [program, ...args] = command
    const env = { ...process.env, ORIGIN: server.origin }
    const ended = run(program === 'node' ? process.execPath : join(programs, program), args, {
      cwd: folder,
      env,
      maxBuffer: 64 * 1024 * 1024,
    })
    ended.then(() => server.giveUp(new Error('it ended, and reported nothing')), server.giveUp)
    const results = await server.reported
    await ended
    return results
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function bundle(folder: string, format: 'es' | 'iife'): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    root: folder,
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'esnext',
      minify: false,
      lib: { entry: join(folder, 'entry.mjs'), formats: [format], name: 'program', fileName: () => 'program.mjs' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
}
