import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isOutdated } from '../src/transfer/entry.js'
import { keepTimes, keptMtime, restoreTimes } from '../src/transfer/file-times.js'
import { toEntry } from '../src/transfer/list-files.js'

test('a file whose time was kept and given back is not another one, whatever its nanoseconds', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-times-'))
  try {
    const path = join(folder, 'file')
    writeFileSync(path, 'x')
    for (let index = 0n; index < 2000n; index++) {
      // Everywhere in a second, and close to the end of a microsecond: a double may fall below it, and loses a whole one more.
      const mtimeNs = 1_795_834_000_000_000_000n + ((index * 618_033_989n) % 1_000_000_000n)
      const meta = keepTimes({ mtimeNs, mode: 0o644n })
      expect(keptMtime(meta)).toBe(mtimeNs)
      await restoreTimes(path, meta, new Date())
      const file = toEntry('file', await stat(path, { bigint: true }))
      const object = { ...file, kind: 'object', mtimeNs } as const
      expect(isOutdated(file, object)).toBe(false)
      expect(isOutdated(object, { ...file, mtimeNs: mtimeNs + 10_000n })).toBe(true)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
