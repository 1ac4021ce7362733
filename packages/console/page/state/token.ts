const KEY = 'osscrypt-console-token'

/**
 * The token of the page's address. It is taken out of there, so that neither what is shown nor a copied address has it, and kept for as long as the tab
 * lives: a reload does not lose it. The browser's history has the address as it was opened: no page can change that.
 */
export function readToken(): string | null {
  const given = /^#([\w-]{43})$/.exec(location.hash)?.[1]
  if (given !== undefined) {
    sessionStorage.setItem(KEY, given)
    history.replaceState(null, '', location.pathname)
  }
  return sessionStorage.getItem(KEY)
}

/** Shows the token with a request, as everything but the page's own files asks for it. */
export function authorization(): { readonly authorization: string } {
  return { authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ''}` }
}
