/**
 * What a CommonJS module that was compiled from an ES module exports as `default`. Its default import is all of its exports to Node and to the
 * bundlers that do as Node does, and that one export to those that go by `__esModule`: rollup, Vite, Babel (so Jest), Bun. The types are Node's.
 */
export function defaultExport<Export extends object>(imported: { readonly default: Export }): Export {
  return 'default' in imported ? imported.default : imported
}
