import { createSignal } from 'solid-js'

/** What the page shows, as its address has it: `#/BUCKET/PREFIX`. */
export interface Route {
  readonly bucket: string | undefined
  /** Empty, or with a `/` at its end. */
  readonly prefix: string
}

const [route, setRoute] = createSignal<Route>({ bucket: undefined, prefix: '' })
export { route }

function read(): Route {
  const [, bucket = '', prefix = ''] = /^#\/([^/]+)\/(.*)$/s.exec(location.hash) ?? []
  if (bucket === '') return { bucket: undefined, prefix: '' }
  try {
    return { bucket, prefix: prefix.split('/').map(decodeURIComponent).join('/') }
  } catch {
    return { bucket, prefix: '' }
  }
}

export function watchRoute(): void {
  addEventListener('hashchange', () => setRoute(read()))
  setRoute(read())
}

export function hrefOf({ bucket, prefix }: Route): string {
  return bucket === undefined ? '#/' : `#/${bucket}/${prefix.split('/').map(encodeURIComponent).join('/')}`
}

export function go(to: Route): void {
  location.hash = hrefOf(to)
}
