import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { PAGE_HEADERS } from './page-headers.js'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Where `npm run build` puts the page: the same seen from src and from dist. */
const FOLDER = fileURLToPath(new URL('../dist/page/', import.meta.url))

/** The page's own files: the same for everybody, and so without the token, which a browser cannot send for them. */
export async function servePage(path: string, response: ServerResponse): Promise<void> {
  const name = path === '/' ? 'index.html' : path.slice(1)
  const type = /^(?:assets\/)?[\w-]+(?:\.[\w-]+)*\.(html|js|css|svg)$/.exec(name)?.[1]
  const content = type === undefined ? null : await readFile(FOLDER + name).catch(() => null)
  if (content === null) {
    response.writeHead(404, PAGE_HEADERS).end()
    return
  }
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': TYPES[type ?? ''] ?? '' }).end(content)
}
