import { writeFileSync } from 'node:fs'

/** @typedef {import('./result.js').Result} Result */
/** @typedef {{ readonly label: string; readonly value: number; readonly ours: boolean }} Bar */

const BAR_HEIGHT = 18
const ROW_HEIGHT = 24
const LABEL_WIDTH = 440
const BAR_WIDTH = 320
const WIDTH = LABEL_WIDTH + BAR_WIDTH + 90

/** What the chart shows: of each direction the largest streams, in the words of their results. */
const charts = [
  { title: 'Encrypting a stream of 1 GiB, MB/s', start: 'encrypt a stream of 1 GiB, ' },
  { title: 'Decrypting a stream of 1 GiB, MB/s', start: 'decrypt a stream of 1 GiB, ' },
]

/**
 * Draws chart.svg from the results of a full run: what ours and the peers reached, side by side.
 *
 * @param {readonly Result[]} results
 */
export function drawChart(results) {
  let top = 8
  const parts = charts.flatMap(({ title, start }) => {
    const bars = collectBars(results.filter(({ name }) => name.startsWith(start)))
    const most = Math.max(...bars.map(({ value }) => value))
    const heading = `<text x="0" y="${top + 14}" font-weight="bold">${title}</text>`
    top += ROW_HEIGHT
    const rows = bars.map((bar) => {
      const row = drawBar(bar, top, most)
      top += ROW_HEIGHT
      return row
    })
    top += 12
    return [heading, ...rows]
  })
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${top}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
  ]
  writeFileSync(new URL('../chart.svg', import.meta.url), `${svg.join('\n')}\n`)
}

/**
 * Ours as often as there are formats, and each peer once, the fastest first.
 *
 * @param {readonly Result[]} results
 * @returns {Bar[]}
 */
function collectBars(results) {
  /** @type {Map<string, Bar>} */
  const bars = new Map()
  for (const { name, ours, baseline, baselineName } of results) {
    const format = name.slice(name.indexOf(', ') + 2, name.lastIndexOf(' vs '))
    bars.set(format, { label: `osscrypt, ${format}`, value: ours, ours: true })
    if (!bars.has(baselineName)) bars.set(baselineName, { label: baselineName, value: baseline, ours: false })
  }
  return [...bars.values()].sort((left, right) => right.value - left.value)
}

/**
 * @param {Bar} bar
 * @param {number} top
 * @param {number} most The longest bar's value.
 */
function drawBar({ label, value, ours }, top, most) {
  const width = Math.max(1, Math.round((value / most) * BAR_WIDTH))
  const baseline = top + 14
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${baseline}" text-anchor="end" fill="#222222">${escapeXml(label)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${top}" width="${width}" height="${BAR_HEIGHT}" fill="${ours ? '#1f6feb' : '#9aa4b2'}"/>`,
    `<text x="${LABEL_WIDTH + width + 6}" y="${baseline}" fill="#222222">${Math.round(value)}</text>`,
  ].join('\n')
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
