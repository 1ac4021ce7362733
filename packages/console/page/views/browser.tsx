import { createEffect, createSignal, on, onCleanup, Show, type JSX } from 'solid-js'
import { filesOfDrop } from '../state/dropped-files.js'
import { texts } from '../state/language.js'
import { list, listedFolders, type Entry } from '../state/listing.js'
import { go, route } from '../state/route.js'
import { clearSelection } from '../state/selection.js'
import { addUploads, whenStored } from '../state/uploads.js'
import { uploadFormat } from '../state/upload-format.js'
import type { Asked } from './asked.js'
import { Breadcrumbs } from './breadcrumbs.jsx'
import { CorsDialog } from './cors-dialog.jsx'
import { DeleteDialog } from './delete-dialog.jsx'
import { DetailsPanel } from './details-panel.jsx'
import { Icon } from './icon.jsx'
import { ListState } from './list-state.jsx'
import { ObjectGrid } from './object-grid.jsx'
import { RenameDialog } from './rename-dialog.jsx'
import { RewrapDialog } from './rewrap-dialog.jsx'
import { Toolbar } from './toolbar.jsx'

const SEARCH_AFTER_MS = 300
const REFRESH_AFTER_MS = 500

/** A bucket: its objects, and the one that is open. */
export function Browser(props: { readonly bucket: string }): JSX.Element {
  const [search, setSearch] = createSignal('')
  const [open, setOpen] = createSignal<string>()
  const [asked, setAsked] = createSignal<Asked>()
  const [isOver, setOver] = createSignal(false)
  const prefix = () => route().prefix
  const refresh = () => void list({ bucket: props.bucket, prefix: prefix(), contains: search().trim() })

  createEffect(
    on([prefix], () => {
      setSearch('')
      clearSelection()
      setOpen(undefined)
      refresh()
    }),
  )
  let searching: number | undefined
  const searchFor = (text: string) => {
    setSearch(text)
    clearTimeout(searching)
    searching = window.setTimeout(refresh, SEARCH_AFTER_MS)
  }
  let refreshing: number | undefined
  whenStored((bucket) => {
    if (bucket !== props.bucket) return
    clearTimeout(refreshing)
    refreshing = window.setTimeout(refresh, REFRESH_AFTER_MS)
  })
  onCleanup(() => {
    clearTimeout(searching)
    clearTimeout(refreshing)
    whenStored(() => undefined)
  })

  const openEntry = (entry: Entry) => {
    if (entry.kind === 'folder') go({ bucket: props.bucket, prefix: entry.key })
    else setOpen(entry.key)
  }
  const drop = async (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    if (!event.dataTransfer) return
    addUploads(props.bucket, await filesOfDrop(event.dataTransfer, prefix()), uploadFormat())
  }
  const isOfFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

  return (
    <main
      class="browser"
      data-open={open() !== undefined}
      onDragEnter={(event) => {
        if (!isOfFiles(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragOver={(event) => isOfFiles(event) && event.preventDefault()}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false)
      }}
      onDrop={(event) => void drop(event)}
    >
      <section class="list-side" aria-label={texts().list.label}>
        <Breadcrumbs bucket={props.bucket} prefix={prefix()} />
        <Toolbar
          bucket={props.bucket}
          prefix={prefix()}
          search={search()}
          onSearch={searchFor}
          onRefresh={refresh}
          onDelete={(keys) => setAsked(askToDelete(keys))}
          onCors={() => setAsked({ kind: 'cors' })}
        />
        <ObjectGrid
          bucket={props.bucket}
          open={open()}
          onOpen={openEntry}
          onDelete={(key) => setAsked(askToDelete([key]))}
          onRename={(key) => setAsked({ kind: 'rename', key })}
        />
        <ListState search={search().trim()} onRetry={refresh} />
        <Show when={isOver()}>
          <div class="drop-here" aria-hidden="true">
            <Icon name="lock" />
            <strong>{texts().list.drop(`${props.bucket}/${prefix()}`)}</strong>
          </div>
        </Show>
      </section>
      <Show when={open()} keyed>
        {(key) => (
          <DetailsPanel bucket={props.bucket} objectKey={key} onClose={() => setOpen(undefined)} onAsk={setAsked} />
        )}
      </Show>
      <Show when={ofKind(asked(), 'delete')} keyed>
        {({ keys, prefixes }) => (
          <DeleteDialog
            bucket={props.bucket}
            keys={keys}
            prefixes={prefixes}
            onClose={() => setAsked(undefined)}
            onDone={() => {
              if (keys.includes(open() ?? '')) setOpen(undefined)
              clearSelection()
              refresh()
            }}
          />
        )}
      </Show>
      <Show when={ofKind(asked(), 'rename')} keyed>
        {({ key }) => (
          <RenameDialog
            bucket={props.bucket}
            objectKey={key}
            onClose={() => setAsked(undefined)}
            onDone={() => {
              setOpen(undefined)
              refresh()
            }}
          />
        )}
      </Show>
      <Show when={ofKind(asked(), 'rewrap')} keyed>
        {({ key }) => <RewrapDialog bucket={props.bucket} objectKey={key} onClose={() => setAsked(undefined)} />}
      </Show>
      <Show when={asked()?.kind === 'cors'}>
        <CorsDialog bucket={props.bucket} onClose={() => setAsked(undefined)} />
      </Show>
    </main>
  )
}

/** Of lines of the list: what is one of its folders stands for all that is below. */
function askToDelete(lines: readonly string[]): Asked {
  const folders = listedFolders()
  return {
    kind: 'delete',
    keys: lines.filter((line) => !folders.has(line)),
    prefixes: lines.filter((line) => folders.has(line)),
  }
}

function ofKind<Kind extends Asked['kind']>(
  asked: Asked | undefined,
  kind: Kind,
): Extract<Asked, { readonly kind: Kind }> | undefined {
  return asked?.kind === kind ? (asked as Extract<Asked, { readonly kind: Kind }>) : undefined
}
