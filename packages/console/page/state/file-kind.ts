import { baseName } from './names.js'

/** How a file is shown. */
export type FileKind = 'image' | 'text' | 'pdf' | 'audio' | 'video' | 'other'

const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  flac: 'audio/flac',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/mp4',
  webm: 'video/webm',
  ogv: 'video/ogg',
}

const TEXT =
  /^(?:txt|text|md|markdown|json|jsonl|ndjson|csv|tsv|log|xml|html|htm|css|js|mjs|cjs|ts|tsx|jsx|yaml|yml|toml|ini|conf|cfg|env|sh|bash|py|rb|go|rs|java|kt|c|h|cc|cpp|hpp|cs|php|sql|pem|srt|vtt)$/

/** How a file is shown, and as what it is given to the browser. The name alone says so: what OSS tells of its type is not authenticated. */
export function kindOf(key: string): { readonly kind: FileKind; readonly type: string } {
  const extension = /\.([^.]+)$/.exec(baseName(key))?.[1]?.toLowerCase() ?? ''
  const type = Object.hasOwn(types, extension) ? types[extension] : undefined
  if (type === undefined) {
    return TEXT.test(extension)
      ? { kind: 'text', type: 'text/plain' }
      : { kind: 'other', type: 'application/octet-stream' }
  }
  return { kind: type === 'application/pdf' ? 'pdf' : (type.split('/')[0] as FileKind), type }
}
