// As much of Markdown as the checks need: fenced code, links and headings, each with its line number.

/** A fenced code block.
 * @typedef {{ readonly language: string, readonly code: string, readonly line: number }} CodeBlock
 */

/** Splits a document into its fenced code blocks and the lines outside them.
 * @param {string} text
 */
function separate(text) {
  /** @type {CodeBlock[]} */
  const blocks = []
  /** @type {{ text: string, line: number }[]} */
  const prose = []
  /** @type {{ fence: string, indent: number, language: string, lines: string[], line: number } | undefined} */
  let open
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fence = /^( *)(`{3,}|~{3,})\s*([^\s`]*)/.exec(line)
    if (open === undefined) {
      if (fence === null) prose.push({ text: line, line: index + 1 })
      else {
        const [, indent = '', mark = '', language = ''] = fence
        open = { fence: mark, indent: indent.length, language, lines: [], line: index + 1 }
      }
    } else if (fence?.[2]?.startsWith(open.fence) === true && fence[3] === '') {
      blocks.push({ language: open.language, code: open.lines.join('\n'), line: open.line })
      open = undefined
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.search(/\S|$/))))
    }
  }
  return { blocks, prose }
}

/** The fenced code blocks of a document, in order.
 * @param {string} text
 */
export function codeBlocks(text) {
  return separate(text).blocks
}

/** The commands of a shell block: lines that are neither empty nor comments, continued lines as one.
 * @param {string} code
 */
export function commands(code) {
  return code
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
}

/** The targets of links and images, inline, by reference and in HTML.
 * @param {string} text
 */
export function links(text) {
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?/g,
    /\b(?:href|src)="([^"]+)"/g,
  ]
  return separate(text).prose.flatMap(({ text: line, line: number }) => {
    const visible = line.replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '')
    return patterns.flatMap((pattern) =>
      [...visible.matchAll(pattern)].map(([, target = '']) => ({ target, line: number })),
    )
  })
}

/** The anchors that a forge makes of a document's headings, and those that the document sets itself.
 * @param {string} text
 */
export function headingAnchors(text) {
  /** @type {Set<string>} */
  const anchors = new Set()
  for (const { text: line } of separate(text).prose) {
    for (const [, name = ''] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(name)
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let copy = 1; anchors.has(anchor); copy++) anchor = `${slug}-${copy}`
    anchors.add(anchor)
  }
  return anchors
}
