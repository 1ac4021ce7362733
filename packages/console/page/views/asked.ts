/** What is asked about before it is done. */
export type Asked =
  | { readonly kind: 'delete'; readonly keys: readonly string[] }
  | { readonly kind: 'rename'; readonly key: string }
  | { readonly kind: 'rewrap'; readonly key: string }
  | { readonly kind: 'cors' }
