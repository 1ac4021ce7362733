/** What an element holds: text, children by name, or `undefined` for no element at all; an array stands for repeated elements. */
export type XmlContent = string | number | boolean | undefined | XmlElements | readonly XmlContent[]
export interface XmlElements {
  readonly [name: string]: XmlContent
}

/** Writes a document with one root element. */
export function writeXml(root: string, content: XmlElements): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>\n${writeElements(content, '  ')}</${root}>\n`
}

function writeElements(elements: XmlElements, indent: string): string {
  let xml = ''
  for (const [name, content] of Object.entries(elements)) {
    for (const item of Array.isArray(content) ? (content as readonly XmlContent[]) : [content]) {
      xml += writeElement(name, item, indent)
    }
  }
  return xml
}

function writeElement(name: string, content: XmlContent, indent: string): string {
  if (content === undefined) return ''
  if (typeof content === 'object') {
    return `${indent}<${name}>\n${writeElements(content as XmlElements, `${indent}  `)}${indent}</${name}>\n`
  }
  return `${indent}<${name}>${escapeText(String(content))}</${name}>\n`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0 has no way to write most control characters; as references at least lenient parsers read them back. */
function escapeText(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters meant
  return text.replace(/[&<>"\u0000-\u001f\ufffe\uffff]/g, (c) => ESCAPES[c] ?? `&#${c.charCodeAt(0)};`)
}
