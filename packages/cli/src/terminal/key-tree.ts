import { count, formatBytes } from './amounts.js'

/** A folder of a {@link KeyTree}, and how much is in it and in those below. */
interface Folder {
  objects: number
  bytes: number
  readonly folders: Map<string, Folder>
  /** Names of objects, and how long they are. */
  readonly entries: Map<string, number>
}

/** A line of a tree. */
export interface TreeLine {
  /** From the root, a folder's with `/` at its end. */
  readonly name: string
  readonly isFolder: boolean
  readonly objects?: number
  readonly bytes: number
  readonly line: string
}

/** Keys as a tree of folders. */
export class KeyTree {
  readonly #root = newFolder()
  readonly #depth: number
  readonly #foldersOnly: boolean
  #folders = 0

  /** @param options `depth`: so many folders deep names are kept; what is deeper is counted. */
  constructor({ depth, foldersOnly }: { readonly depth: number; readonly foldersOnly: boolean }) {
    this.#depth = depth
    this.#foldersOnly = foldersOnly
  }

  /** @param name With `/` between folders; one that ends with `/` stands for a folder itself, unless it holds something. */
  add(name: string, bytes: number): void {
    const parts = name.split('/')
    const last = parts.pop() ?? ''
    const isMarker = last === '' && bytes === 0
    let folder = this.#root
    addTo(folder, isMarker, bytes)
    for (const [level, part] of parts.entries()) {
      if (level >= this.#depth) return
      folder = this.#below(folder, part)
      addTo(folder, isMarker, bytes)
    }
    if (!isMarker && !this.#foldersOnly && parts.length < this.#depth) folder.entries.set(last, bytes)
  }

  /** Folders that are shown, and all objects. */
  get total(): { readonly folders: number; readonly objects: number; readonly bytes: number } {
    const { objects, bytes } = this.#root
    return { folders: this.#folders, objects, bytes }
  }

  /** What is shown, from the top. */
  lines(): Generator<TreeLine> {
    return linesOf(this.#root, '', '')
  }

  #below(folder: Folder, name: string): Folder {
    const known = folder.folders.get(name)
    if (known) return known
    const made = newFolder()
    folder.folders.set(name, made)
    this.#folders++
    return made
  }
}

function newFolder(): Folder {
  return { objects: 0, bytes: 0, folders: new Map(), entries: new Map() }
}

function addTo(folder: Folder, isMarker: boolean, bytes: number): void {
  if (!isMarker) folder.objects++
  folder.bytes += bytes
}

function* linesOf({ folders, entries }: Folder, path: string, indent: string): Generator<TreeLine> {
  let left = folders.size + entries.size
  const branches = () => (--left > 0 ? (['├── ', '│   '] as const) : (['└── ', '    '] as const))
  for (const [name, folder] of folders) {
    const [branch, below] = branches()
    const { objects, bytes } = folder
    const line = `${indent}${branch}${name}/  ${count(objects, 'object')}, ${formatBytes(bytes)}`
    yield { name: `${path}${name}/`, isFolder: true, objects, bytes, line }
    yield* linesOf(folder, `${path}${name}/`, `${indent}${below}`)
  }
  for (const [name, bytes] of entries) {
    const [branch] = branches()
    yield { name: `${path}${name}`, isFolder: false, bytes, line: `${indent}${branch}${name}  ${formatBytes(bytes)}` }
  }
}
