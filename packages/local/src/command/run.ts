import { existsSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { startLocalCloud } from '../cloud.js'
import type { LocalCloud } from '../local-cloud.js'
import { type Flags, readFlags } from './read-flags.js'
import { describeAsJson, describeAsText, helpText } from './texts.js'

/** Where the command writes, and what tells it to end. */
export interface CommandSetting {
  readonly print: (text: string) => void
  readonly printError: (text: string) => void
  /** Resolves when the user wants it to end. */
  readonly untilStopped: () => Promise<void>
}

/** Runs the command to its end. Returns the exit code: 0, 1 when it cannot start, 2 for a flag that is wrong. */
export async function runCommand(args: readonly string[], setting: CommandSetting): Promise<number> {
  let flags: Flags
  try {
    flags = readFlags(args)
  } catch (error) {
    setting.printError(`osscrypt-local: ${oneLine(error)} (--help shows the flags)\n`)
    return 2
  }
  if (flags.does === 'help') setting.print(helpText)
  else if (flags.does === 'version') setting.print(`${packageVersion()}\n`)
  else return await run(flags, setting)
  return 0
}

async function run(flags: Extract<Flags, { does: 'start' }>, setting: CommandSetting): Promise<number> {
  const stopped = setting.untilStopped()
  let cloud: LocalCloud | undefined
  try {
    cloud = await startLocalCloud({
      folder: flags.folder,
      buckets: flags.buckets,
      faults: flags.faults,
      instance: flags.instance,
      ...(flags.kmsPort === undefined ? {} : { kmsPort: flags.kmsPort }),
      ...(flags.ossPort === undefined ? {} : { ossPort: flags.ossPort }),
      ...(flags.stsPort === undefined ? {} : { stsPort: flags.stsPort }),
    })
    keepOutOfGit(cloud.folder)
    const key = (await cloud.findKey(flags.keyAlias)) ?? (await cloud.createKey({ alias: flags.keyAlias }))
    const describe = flags.json ? describeAsJson : describeAsText
    setting.print(describe(cloud, key, flags.buckets, flags.showCredentials))
    await stopped
    return 0
  } catch (error) {
    setting.printError(`osscrypt-local: ${oneLine(error)}\n`)
    return 1
  } finally {
    await cloud?.close()
  }
}

/** The folder holds keys, and by default lies in a project. */
function keepOutOfGit(folder: string): void {
  const path = join(folder, '.gitignore')
  if (!existsSync(path)) writeFileSync(path, '*\n')
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0] ?? ''
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }
  return version
}
