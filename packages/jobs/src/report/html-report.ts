import { writeFile } from 'node:fs/promises'
import type { JobSpec } from '../job.js'
import type { Count, Totals } from '../runner/totals.js'

/**
 * Writes a job's totals as one page of HTML: no scripts, and nothing that is loaded from anywhere. For whoever has to answer for a bucket.
 *
 * @throws the file system's error when there is a file at `path`, which may be another report.
 */
export async function writeHtmlReport(spec: JobSpec, totals: Totals, path: string): Promise<void> {
  await writeFile(path, renderReport(spec, totals), { mode: 0o600, flag: 'wx' })
}

/** The parts of the page: what is counted, and what a reader has to know of it. */
const sections: readonly (readonly [title: string, field: 'kinds' | 'cmks' | 'findings' | 'reasons', note: string])[] =
  [
    ['What the objects are', 'kinds', 'As their metadata says; only a verification reads them.'],
    ['CMKs in use', 'cmks', 'An object under several CMKs is counted with each of them.'],
    [
      'Findings',
      'findings',
      'unbound: could be put in the place of another; plaintext-…: the metadata tells of the plaintext.',
    ],
    ['Reasons', 'reasons', 'Why objects were skipped, or failed.'],
  ]

/** The page as text. */
function renderReport(spec: JobSpec, totals: Totals): string {
  const { task, bucket, prefix = '', dryRun } = spec
  const where = escape(`${bucket}/${prefix}`)
  const outcome = { done: totals.done, skipped: totals.skipped, failed: totals.failed, tampered: totals.tampered }
  const verdict =
    totals.tampered.objects > 0
      ? `<p class="bad">Objects that are not what was written: ${number(totals.tampered.objects)}.</p>`
      : totals.failed.objects > 0
        ? `<p class="warn">Objects that failed: ${number(totals.failed.objects)}; none of them because it was changed.</p>`
        : '<p class="good">No object failed.</p>'
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(task.operation)} of ${where}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 .25rem}p{margin:.25rem 0;color:#566}
table{width:100%;border-collapse:collapse;table-layout:fixed}td,th{padding:.35rem .5rem;border-bottom:1px solid #dde3ea;text-align:left;overflow-wrap:anywhere}
td.n,th.n{text-align:right;width:7rem;font-variant-numeric:tabular-nums}td.bar,th.bar{width:30%}
.bar i{display:block;height:.8rem;background:#2f6fb3;border-radius:2px;min-width:1px}
.good,.warn,.bad{padding:.6rem .8rem;border-radius:4px;font-weight:600}.good{background:#e3f4e8;color:#17592d}.warn{background:#fdf1d5;color:#6d4a00}.bad{background:#fbe1e1;color:#8b1414}
</style></head><body>
<h1>${escape(task.operation)} of ${where}${dryRun ? ' (dry run)' : ''}</h1>
${verdict}
${table('Outcome', 'Tampered objects are among those that failed.', outcome)}
${sections.map(([title, field, note]) => table(title, note, totals[field])).join('\n')}
</body></html>
`
}

function table(title: string, note: string, counts: Readonly<Record<string, Count>>): string {
  const rows = Object.entries(counts).sort(([, one], [, other]) => other.objects - one.objects)
  if (rows.length === 0) return ''
  const most = Math.max(1, ...rows.map(([, { objects }]) => objects))
  const cells = rows.map(
    ([name, { objects, bytes }]) =>
      `<tr><td>${escape(name)}</td><td class="n">${number(objects)}</td><td class="n">${size(bytes)}</td>` +
      `<td class="bar"><i style="width:${((100 * objects) / most).toFixed(1)}%"></i></td></tr>`,
  )
  return `<h2>${title}</h2><p>${note}</p>
<table><thead><tr><th></th><th class="n">Objects</th><th class="n">Stored</th><th class="bar"></th></tr></thead><tbody>
${cells.join('\n')}
</tbody></table>`
}

function number(value: number): string {
  return value.toLocaleString('en')
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`
}

/** Names of prefixes and CMKs are others' text: no markup, and nothing that turns the line round. */
function escape(text: string): string {
  return text.replace(
    /[&<>"'\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) =>
      `&#${String(/\p{Cs}|\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/u.test(character) ? 0xfffd : character.codePointAt(0))};`,
  )
}
