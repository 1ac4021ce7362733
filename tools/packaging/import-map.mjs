// The import map by which a page loads the package as it is installed, without a bundler: of package.json, what is for others than Node.
/** @typedef {{ readonly name: string, readonly exports: object, readonly imports: object }} Manifest */

/**
 * @param {Manifest} manifest
 * @param {readonly string[]} subpaths Those that the page imports: `.`, `./oss`.
 * @param {string} modules The URL of `node_modules`.
 */
export function importMapOf({ name, exports, imports }, subpaths, modules) {
  const folder = `${modules}/${name}/`
  /** @param {string} target */
  const urlOf = (target) => folder + target.replace(/^\.\//, '')
  const named = Object.entries(exports).filter(([subpath]) => subpaths.includes(subpath))
  return {
    imports: Object.fromEntries(named.map(([subpath, targets]) => [name + subpath.slice(1), urlOf(targets.default)])),
    scopes: {
      [folder]: {
        ...Object.fromEntries(Object.entries(imports).map(([own, targets]) => [own, urlOf(targets.default)])),
        '@noble/ciphers/': `${modules}/@noble/ciphers/`,
      },
    },
  }
}
