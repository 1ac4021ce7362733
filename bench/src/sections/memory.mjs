import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allMoves, longMoves, measureMemory } from '../measure-memory.mjs'
import { measureResponsiveness } from '../measure-responsiveness.mjs'

const MIB = 2 ** 20
const GIB = 2 ** 30

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-bench-'))
  try {
    // The source, five objects, and one that is written while what it replaces is there; a target and what it is made from.
    const all = { comparisons: allMoves, copies: 9 }
    const long = { comparisons: longMoves, copies: 9 }
    if (bench.quick) {
      await measureMemory(bench, folder, { ...all, wantedLength: 128 * MIB, rounds: 1 })
      await measureResponsiveness(bench, folder, { length: 256 * MIB, durationMs: 250, rounds: 1 })
    } else {
      await measureMemory(bench, folder, { ...all, wantedLength: GIB, rounds: 3 })
      await measureMemory(bench, folder, { ...long, wantedLength: 6 * GIB, rounds: 3 })
      await measureResponsiveness(bench, folder, { length: GIB, durationMs: 4000, rounds: 5 })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
