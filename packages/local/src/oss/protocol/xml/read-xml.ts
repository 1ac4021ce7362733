import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { IncomingMessage } from 'node:http'
import { readBody } from '../../../http/read-body.js'
import { OssError } from '../error/oss-error.js'

/** An element's text, or its children; those named in `repeated` are always arrays. */
export type XmlValue = string | XmlTree | readonly XmlValue[]
export interface XmlTree {
  readonly [name: string]: XmlValue | undefined
}

const MAX_BODY_LENGTH = 5 * 1024 * 1024
const REPEATED = new Set([
  'AllowedHeader',
  'AllowedMethod',
  'AllowedOrigin',
  'CORSRule',
  'ExposeHeader',
  'Field',
  'Object',
  'Part',
  'Tag',
])

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  // Entities of a document type could grow without bound; the five predefined ones are decoded by `textOf`.
  processEntities: false,
  isArray: (name) => REPEATED.has(name),
})

/**
 * Reads a request's XML body.
 *
 * @returns the content of the root element, which must be called `root`.
 * @throws `OssError` MalformedXML.
 */
export async function readXmlBody(request: IncomingMessage, root: string): Promise<{ tree: XmlTree; bytes: Buffer }> {
  const bytes = await readBody(request, MAX_BODY_LENGTH)
  if (bytes === null) throw new OssError('MalformedXML', { message: 'The XML you provided is too large.' })
  return { tree: parseXml(bytes.toString('utf8'), root), bytes }
}

function parseXml(text: string, root: string): XmlTree {
  if (/<!DOCTYPE/i.test(text)) throw new OssError('MalformedXML')
  let document: XmlTree
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the parser alone takes broken documents for empty ones
    if (XMLValidator.validate(text) !== true) throw new OssError('MalformedXML')
    document = parser.parse(text) as XmlTree
  } catch {
    throw new OssError('MalformedXML')
  }
  const content = document[root]
  if (content === undefined || Array.isArray(content)) throw new OssError('MalformedXML')
  return typeof content === 'string' ? {} : (content as XmlTree)
}

/** The children called `name`, which is one of those that may be repeated. */
export function childrenOf(tree: XmlTree, name: string): readonly XmlTree[] {
  const value = tree[name]
  if (value === undefined) return []
  return (Array.isArray(value) ? (value as readonly XmlValue[]) : [value]).map((item) =>
    typeof item === 'string' ? {} : (item as XmlTree),
  )
}

/** The child called `name` when it has children of its own. */
export function childOf(tree: XmlTree, name: string): XmlTree {
  const value = tree[name]
  return value === undefined || typeof value === 'string' ? {} : (value as XmlTree)
}

/** The text of the child called `name`. */
export function textOf(tree: XmlTree, name: string): string | undefined {
  const value = tree[name]
  return typeof value === 'string' ? decodeReferences(value) : undefined
}

/** The texts of the children called `name`, which is one of those that may be repeated. */
export function textsOf(tree: XmlTree, name: string): string[] {
  const value = tree[name]
  const values = Array.isArray(value) ? (value as readonly XmlValue[]) : []
  return values.map((item) => (typeof item === 'string' ? decodeReferences(item).trim() : ''))
}

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeReferences(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return PREDEFINED[name as string] ?? whole
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex as string, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}
