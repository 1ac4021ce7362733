import { writeFile } from 'node:fs/promises'
import type { JobSpec } from '../job.js'
import type { Count, Totals } from '../runner/totals.js'
import { renderShares } from './shares-chart.js'
import { escape, formatNumber, formatSize } from './html-text.js'

/**
 * Writes a job's totals as one page of HTML: no scripts, and nothing that is loaded from anywhere. For whoever has to answer for a bucket.
 *
 * @throws the file system's error when there is a file at `path`, which may be another report.
 */
export async function writeHtmlReport(spec: JobSpec, totals: Totals, path: string): Promise<void> {
  await writeFile(path, renderReport(spec, totals), { mode: 0o600, flag: 'wx' })
}

type Counts = Readonly<Record<string, Count>>

/** The tables of the page: what is counted, and what a reader has to know of it. */
const sections: readonly (readonly [
  title: string,
  field: 'kinds' | 'oldVersions' | 'cmks' | 'findings' | 'reasons',
  note: string,
])[] = [
  ['What the objects are', 'kinds', 'As their metadata says; only a verification reads them.'],
  ['What old versions are', 'oldVersions', 'They stay as they were, whatever is done to the objects.'],
  ['CMKs in use', 'cmks', 'An object under several CMKs is counted with each of them; old versions count, too.'],
  [
    'Findings',
    'findings',
    'unbound: could be put in the place of another. bound-elsewhere: was written under another name; reading it fails. plaintext-md5, plaintext-length: the metadata tells of the plaintext.',
  ],
  ['Reasons', 'reasons', 'Why objects were skipped, or failed.'],
]

/** What stands at the head of the page. */
function verdictOf({ task }: JobSpec, { kinds, tampered, failed }: Totals): readonly [mood: string, text: string] {
  const audited = task.operation === 'audit' ? kinds : {}
  const counts = { 'Not encrypted': audited['plain'], 'Envelope broken': audited['broken'] }
  const found = Object.entries(counts).flatMap(([what, count]) =>
    count ? [`${what}: ${formatNumber(count.objects)}.`] : [],
  )
  const because = tampered.objects > 0 ? '' : '; none of them is known to have been changed'
  const says = [
    ...(tampered.objects > 0 ? [`Objects that are not what was written: ${formatNumber(tampered.objects)}.`] : []),
    failed.objects > 0 ? `Objects that failed: ${formatNumber(failed.objects)}${because}.` : 'No object failed.',
    ...found,
  ]
  const mood = tampered.objects > 0 ? 'bad' : failed.objects + found.length > 0 ? 'warn' : 'good'
  return [mood, says.join(' ')]
}

/** The page as text. */
function renderReport(spec: JobSpec, totals: Totals): string {
  const { task, bucket, prefix = '', dryRun } = spec
  const where = escape(`${bucket}/${prefix}`)
  const outcome = { done: totals.done, skipped: totals.skipped, failed: totals.failed, tampered: totals.tampered }
  const [mood, verdict] = verdictOf(spec, totals)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(task.operation)} of ${where}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .25rem}p{margin:.25rem 0;color:#566}
table{width:100%;border-collapse:collapse;table-layout:fixed}td,th{padding:.35rem .5rem;border-bottom:1px solid #dde3ea;text-align:left;overflow-wrap:anywhere}
td.n,th.n{text-align:right;width:6.5rem;font-variant-numeric:tabular-nums}td.bar,th.bar{width:28%;font-weight:400;color:#566}
.bar i{display:block;height:.45rem;border-radius:2px;margin:.1rem 0}.objects{background:#2f6fb3}.bytes{background:#9dbfe0}
svg{width:100%;height:auto;display:block;margin:.5rem 0}.key{display:flex;flex-wrap:wrap;gap:.25rem 1.2rem}.key b{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.4rem}
.good,.warn,.bad{padding:.6rem .8rem;border-radius:4px;font-weight:600}.good{background:#e3f4e8;color:#17592d}.warn{background:#fdf1d5;color:#6d4a00}.bad{background:#fbe1e1;color:#8b1414}
@media print{body{margin:0;max-width:none}}
</style></head><body>
<h1>${escape(task.operation)} of ${where}${dryRun ? ' (dry run)' : ''}</h1>
<p class="${mood}">${verdict}</p>
${renderShares(totals.kinds)}
${table('Outcome', 'Tampered objects are among those that failed.', outcome)}
${sections.map(([title, field, note]) => table(title, note, totals[field])).join('\n')}
</body></html>
`
}

function table(title: string, note: string, counts: Counts): string {
  const rows = Object.entries(counts).sort(([, one], [, other]) => other.objects - one.objects)
  if (rows.length === 0) return ''
  const most = (field: keyof Count) => Math.max(1, ...rows.map(([, count]) => count[field]))
  const longest = { objects: most('objects'), bytes: most('bytes') }
  const bar = (count: Count, field: keyof Count) =>
    `<i class="${field}" style="width:${count[field] > 0 ? `max(2px, ${((100 * count[field]) / longest[field]).toFixed(1)}%)` : '0'}"></i>`
  const cells = rows.map(
    ([name, count]) =>
      `<tr><td>${escape(name)}</td><td class="n">${formatNumber(count.objects)}</td><td class="n">${formatSize(count.bytes)}</td>` +
      `<td class="bar">${bar(count, 'objects')}${bar(count, 'bytes')}</td></tr>`,
  )
  return `<h2>${title}</h2><p>${note}</p>
<table><thead><tr><th></th><th class="n">Objects</th><th class="n">Stored</th><th class="bar">objects above, bytes below</th></tr></thead><tbody>
${cells.join('\n')}
</tbody></table>`
}
