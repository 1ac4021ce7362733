const REDIRECTS = [301, 302, 303, 307, 308]

/** What is asked for; in Node's types there is no `cache`. */
interface Settings extends Omit<RequestInit, 'redirect' | 'cache'> {
  readonly cache?: 'no-store' | undefined
}

/**
 * `fetch` that follows no redirect, and says nothing that a runtime has no word for: workers refuse `redirect: 'error'`, and `cache` where a request has no
 * such property.
 *
 * @throws TypeError for a redirect, as for whatever else cannot be fetched.
 */
export async function fetchDirectly(
  fetch: typeof globalThis.fetch,
  url: string,
  { cache, ...settings }: Settings,
): Promise<Response> {
  const known = cache !== undefined && 'cache' in Request.prototype ? { cache } : {}
  const response = await fetch(url, { ...settings, ...known, redirect: 'manual' })
  // Browsers show nothing of a redirect, its status neither.
  if (response.type !== 'opaqueredirect' && !REDIRECTS.includes(response.status)) return response
  void response.body?.cancel().catch(() => undefined)
  throw new TypeError('a redirect is not followed')
}
