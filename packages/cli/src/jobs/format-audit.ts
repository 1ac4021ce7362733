import type { Count, Totals } from 'osscrypt-jobs'
import { formatBytes } from '../terminal/amounts.js'
import { formatTable } from '../terminal/table.js'

/** What an audit has found, as columns. */
export async function formatAudit({ kinds, oldVersions, cmks, findings }: Totals): Promise<readonly string[]> {
  const rows = [
    ...rowsOf('', kinds),
    ...rowsOf('old versions: ', oldVersions),
    ...rowsOf('', cmks),
    ...rowsOf('finding: ', findings),
  ]
  return rows.length === 0 ? ['there is nothing there'] : formatTable([['', 'objects', 'stored'], ...rows], [1, 2])
}

function rowsOf(before: string, counts: Readonly<Record<string, Count>>): string[][] {
  return Object.entries(counts)
    .sort(([, one], [, other]) => other.objects - one.objects)
    .map(([name, { objects, bytes }]) => [`${before}${name}`, String(objects), formatBytes(bytes)])
}
