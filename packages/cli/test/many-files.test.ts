import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Bench } from './command.js'

/** OSSCRYPT_TEST_FILES makes it another number. */
const FILES = Number(process.env['OSSCRYPT_TEST_FILES'] ?? 1000)

test(`${FILES} files up, synced, down, and compared`, { timeout: 300_000 }, async () => {
  const bench = await Bench.open()
  try {
    for (let index = 0; index < FILES; index++) {
      const folder = bench.path(`files/${index % 20}`)
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, `file ${index} 文件.txt`), `content of ${index}\n`.repeat(index % 7))
    }
    const last = async (...args: string[]) => {
      const { code, json } = await bench.run(...args, '--jobs', '16', '--json')
      return { code, ...json.at(-1) }
    }
    const target = 'oss://my-bucket/files'
    expect(await last('cp', '-r', 'files', target)).toMatchObject({ code: 0, done: FILES, failed: 0 })
    writeFileSync(bench.path('files/0/changed'), 'new')
    expect(await last('sync', 'files', target)).toMatchObject({ code: 0, done: 1, skipped: FILES, failed: 0 })
    expect(await last('sync', target, 'down')).toMatchObject({ code: 0, done: FILES + 1, failed: 0 })
    expect(await last('sync', target, 'down')).toMatchObject({ code: 0, done: 0, skipped: FILES + 1 })
    expect(digest(bench.path('down'))).toBe(digest(bench.path('files')))
  } finally {
    await bench.close()
  }
})

/** Of the names and contents of all files in a folder. */
function digest(folder: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
  const names = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  for (const name of names) hash.update(`${name.slice(folder.length)}\0`).update(readFileSync(name))
  return `${names.length} ${hash.digest('hex')}`
}
