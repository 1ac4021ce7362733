import { createSignal } from 'solid-js'

const [selected, setSelected] = createSignal<ReadonlySet<string>>(new Set())
export { selected }

/** The keys and prefixes that are ticked. */
export function toggleSelected(key: string): void {
  setSelected((all) => {
    const changed = new Set(all)
    if (!changed.delete(key)) changed.add(key)
    return changed
  })
}

export function selectAll(keys: readonly string[]): void {
  setSelected(new Set(keys))
}

export function clearSelection(): void {
  setSelected(new Set<string>())
}
