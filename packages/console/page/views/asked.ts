/** What is asked about before it is done. */
export type Asked =
  /** Objects, and what is below prefixes: an object's key may end with `/` as well. */
  | { readonly kind: 'delete'; readonly keys: readonly string[]; readonly prefixes: readonly string[] }
  | { readonly kind: 'rename'; readonly key: string }
  | { readonly kind: 'rewrap'; readonly key: string }
  | { readonly kind: 'cors' }
