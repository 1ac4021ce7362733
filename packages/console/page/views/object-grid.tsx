import { createVirtualizer, defaultRangeExtractor } from '@tanstack/solid-virtual'
import { createEffect, createMemo, createSignal, For, on, Show, type JSX } from 'solid-js'
import { descriptionOf, wantDescriptions } from '../state/descriptions.js'
import { formatBytes, formatTime, texts } from '../state/language.js'
import { entries, type Entry } from '../state/listing.js'
import { shownName } from '../state/names.js'
import { selectAll, selected, toggleSelected } from '../state/selection.js'
import { EncryptionBadge } from './encryption-badge.jsx'
import { kindOf } from '../state/file-kind.js'
import { Icon } from './icon.jsx'

interface ObjectGridProps {
  readonly bucket: string
  readonly open: string | undefined
  readonly onOpen: (entry: Entry) => void
  readonly onDelete: (key: string) => void
  readonly onRename: (key: string) => void
}

const ROW_HEIGHT = 46

/** The list: however many entries there are, the page has those that can be seen. */
export function ObjectGrid(props: ObjectGridProps): JSX.Element {
  let scroller: HTMLDivElement | undefined
  const [active, setActive] = createSignal(0)
  const virtualizer = createVirtualizer({
    get count() {
      return entries().length
    },
    getScrollElement: () => scroller ?? null,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    // The row that has the focus stays, wherever the list is scrolled to.
    rangeExtractor: (range) =>
      [...new Set([active(), ...defaultRangeExtractor(range)])].filter((at) => at < range.count),
  })
  const visible = createMemo(() => virtualizer.getVirtualItems().flatMap(({ index }) => entries()[index] ?? []))
  createEffect(() => {
    wantDescriptions(
      props.bucket,
      visible().flatMap((entry) => (entry.kind === 'object' ? [entry.key] : [])),
    )
  })
  // What another place had is at its beginning again.
  createEffect(
    on(
      () => entries().length === 0,
      (isEmpty) => {
        if (isEmpty) setActive(0)
      },
    ),
  )
  const focusRow = (index: number) => {
    const to = Math.max(0, Math.min(index, entries().length - 1))
    setActive(to)
    virtualizer.scrollToIndex(to)
    requestAnimationFrame(() => scroller?.querySelector<HTMLElement>(`[data-index="${String(to)}"]`)?.focus())
  }
  const onKeyDown = (event: KeyboardEvent, entry: Entry, index: number) => {
    if (event.target !== event.currentTarget || event.metaKey || event.altKey) return
    if (event.ctrlKey) {
      if (event.key !== 'a') return
      event.preventDefault()
      selectAll(entries().map(({ key }) => key))
      return
    }
    const page = Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / ROW_HEIGHT) - 1)
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focusRow(index + 1),
      ArrowUp: () => focusRow(index - 1),
      PageDown: () => focusRow(index + page),
      PageUp: () => focusRow(index - page),
      Home: () => focusRow(0),
      End: () => focusRow(entries().length - 1),
      Enter: () => props.onOpen(entry),
      ' ': () => toggleSelected(entry.key),
      Delete: () => props.onDelete(entry.key),
      F2: () => entry.kind === 'object' && props.onRename(entry.key),
    }
    if (!Object.hasOwn(keys, event.key)) return
    event.preventDefault()
    keys[event.key]?.()
  }
  return (
    <div
      class="grid"
      role="grid"
      aria-label={texts().list.label}
      aria-rowcount={entries().length + 1}
      aria-multiselectable="true"
      hidden={entries().length === 0}
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" aria-rowindex={1} class="row head">
          <span role="columnheader" class="cell-select">
            <input
              type="checkbox"
              aria-label={texts().list.select(texts().list.label)}
              checked={selected().size > 0 && selected().size === entries().length}
              onChange={(event) => selectAll(event.currentTarget.checked ? entries().map(({ key }) => key) : [])}
            />
          </span>
          <span role="columnheader" class="cell-name">
            {texts().list.name}
          </span>
          <span role="columnheader" class="cell-encryption">
            {texts().list.encryption}
          </span>
          <span role="columnheader" class="cell-cmk">
            {texts().list.cmk}
          </span>
          <span role="columnheader" class="cell-size">
            {texts().list.size}
          </span>
          <span role="columnheader" class="cell-modified">
            {texts().list.modified}
          </span>
        </div>
      </div>
      <div class="grid-body" ref={scroller} role="presentation">
        <div role="rowgroup" class="grid-rows" style={{ height: `${String(virtualizer.getTotalSize())}px` }}>
          <For each={virtualizer.getVirtualItems()}>
            {(item) => (
              <Show when={entries()[item.index]}>
                {(entry) => (
                  <div
                    role="row"
                    class="row"
                    data-index={item.index}
                    data-key={entry().key}
                    data-open={props.open === entry().key}
                    aria-rowindex={item.index + 2}
                    aria-selected={selected().has(entry().key)}
                    tabindex={item.index === active() ? 0 : -1}
                    style={{ transform: `translateY(${String(item.start)}px)` }}
                    onKeyDown={(event) => onKeyDown(event, entry(), item.index)}
                    onFocus={() => setActive(item.index)}
                    onClick={() => props.onOpen(entry())}
                  >
                    <span role="gridcell" class="cell-select" onClick={(event) => event.stopPropagation()}>
                      <input
                        type="checkbox"
                        tabindex="-1"
                        aria-label={texts().list.select(shownName(entry().name))}
                        checked={selected().has(entry().key)}
                        onChange={() => toggleSelected(entry().key)}
                      />
                    </span>
                    <EntryCells entry={entry()} bucket={props.bucket} />
                  </div>
                )}
              </Show>
            )}
          </For>
        </div>
      </div>
    </div>
  )
}

function EntryCells(props: { readonly entry: Entry; readonly bucket: string }): JSX.Element {
  const description = () => descriptionOf(props.bucket, props.entry.key)
  const object = () => (props.entry.kind === 'object' ? props.entry.object : undefined)
  const size = () => {
    const described = description()
    if (described?.kind === 'encrypted' && described.length !== undefined) return formatBytes(described.length)
    const listed = object()
    return listed ? formatBytes(listed.storedLength) : ''
  }
  const cmk = () => {
    const described = description()
    return described?.kind === 'encrypted' ? (described.cmkArns[0] ?? '') : ''
  }
  return (
    <>
      <span role="gridcell" class="cell-name">
        <span class="file-icon" data-kind={props.entry.kind === 'folder' ? 'folder' : kindOf(props.entry.key).kind}>
          <Icon name={props.entry.kind === 'folder' ? 'folder' : 'file'} />
        </span>
        <span class="cut" title={shownName(props.entry.name)}>
          {shownName(props.entry.name)}
        </span>
      </span>
      <span role="gridcell" class="cell-encryption">
        <Show when={object()}>
          <EncryptionBadge bucket={props.bucket} objectKey={props.entry.key} />
        </Show>
      </span>
      <span role="gridcell" class="cell-cmk cut" title={cmk()}>
        {cmk().slice(cmk().lastIndexOf('/') + 1)}
      </span>
      <span role="gridcell" class="cell-size">
        {size()}
      </span>
      <span role="gridcell" class="cell-modified">
        {object() && formatTime(object()?.modifiedMs ?? 0)}
      </span>
    </>
  )
}
