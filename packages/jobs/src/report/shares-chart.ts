import type { ObjectKind } from '../objects/classify-object.js'
import type { Count } from '../runner/totals.js'
import { formatNumber, formatSize } from './html-text.js'

/** The kinds in their order, from what is as it should be to what is not, and their colours. */
const colours: Readonly<Record<ObjectKind, string>> = {
  floe: '#1f7a4d',
  gcm: '#5fb383',
  'message-body': '#c9b458',
  'oss-sdk-ctr': '#e0a030',
  plain: '#c8553d',
  broken: '#7a1f1f',
  symlink: '#8a94a3',
}

const [WIDTH, BAR, GAP, LABEL] = [1000, 44, 12, 90]

/** Two bars, cut by what the objects are: of all objects, and of all bytes. Nothing where nothing is known of them. */
export function renderShares(kinds: Readonly<Record<string, Count>>): string {
  const found = (Object.keys(colours) as ObjectKind[]).flatMap((kind) => {
    const count = kinds[kind]
    return count && count.objects > 0 ? [{ kind, count }] : []
  })
  if (found.length === 0) return ''
  const bar = (field: keyof Count, row: number) => {
    const all = Math.max(
      1,
      found.reduce((sum, { count }) => sum + count[field], 0),
    )
    const y = row * (BAR + GAP)
    let x = LABEL
    const pieces = found.map(({ kind, count }) => {
      const width = ((WIDTH - LABEL) * count[field]) / all
      const percent = (100 * count[field]) / all
      const text =
        width < 70
          ? ''
          : `<text x="${(x + width / 2).toFixed(1)}" y="${y + 28}" text-anchor="middle" fill="#fff" font-size="16">${percent.toFixed(percent < 10 ? 1 : 0)} %</text>`
      const piece = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${colours[kind]}"/>${text}`
      x += width
      return piece
    })
    return `<text x="0" y="${y + 28}" font-size="16" fill="#1c2430">${field}</text>${pieces.join('')}`
  }
  const key = found.map(
    ({ kind, count }) =>
      `<span><b style="background:${colours[kind]}"></b>${kind}: ${formatNumber(count.objects)}, ${formatSize(count.bytes)}</span>`,
  )
  return `<svg viewBox="0 0 ${WIDTH} ${2 * BAR + GAP}" role="img" aria-label="What the objects are, by number and by bytes">${bar('objects', 0)}${bar('bytes', 1)}</svg>
<p class="key">${key.join('')}</p>`
}
