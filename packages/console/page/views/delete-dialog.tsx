import * as AlertDialog from '@kobalte/core/alert-dialog'
import { createResource, createSignal, onCleanup, Show, type JSX } from 'solid-js'
import { formatCount, texts } from '../state/language.js'
import { keysBelow } from '../state/listing.js'
import { baseName, shownName } from '../state/names.js'
import { notify } from '../state/notices.js'
import { deleteObject } from '../state/object-actions.js'

interface DeleteDialogProps {
  readonly bucket: string
  readonly keys: readonly string[]
  /** All that is below these, too. */
  readonly prefixes: readonly string[]
  readonly onClose: () => void
  readonly onDone: () => void
}

const AT_ONCE = 4

/** Asks, and says how many objects it is about. */
export function DeleteDialog(props: DeleteDialogProps): JSX.Element {
  const control = new AbortController()
  onCleanup(() => control.abort())
  const [done, setDone] = createSignal<number>()
  const [all] = createResource(async () => {
    const below = await Promise.all(
      props.prefixes.map((prefix) => keysBelow({ bucket: props.bucket, prefix }, control.signal)),
    )
    return [...new Set([...props.keys, ...below.flat()])]
  })
  const title = () => {
    const [only] = props.keys
    if (only !== undefined && props.keys.length === 1 && props.prefixes.length === 0) {
      return texts().remove.one(shownName(baseName(only)))
    }
    return all() ? texts().remove.title(formatCount(all()?.length ?? 0)) : texts().remove.counting
  }
  const removeAll = async () => {
    const keys = [...(all() ?? [])]
    let deleted = 0
    let failed = 0
    setDone(0)
    const work = async () => {
      for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
        if (control.signal.aborted) return
        try {
          await deleteObject(props.bucket, key)
          setDone(++deleted)
        } catch {
          failed++
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    if (deleted > 0) notify('good', texts().remove.done(formatCount(deleted)))
    if (failed > 0) notify('bad', texts().remove.failed(formatCount(failed)))
    props.onDone()
    props.onClose()
  }
  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => !isOpen && props.onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay class="overlay" />
        <div class="dialog-place">
          <AlertDialog.Content class="dialog">
            <AlertDialog.Title class="dialog-title">{title()}</AlertDialog.Title>
            <AlertDialog.Description class="dialog-text">{texts().remove.text}</AlertDialog.Description>
            <Show when={done() !== undefined}>
              <p role="status">{texts().remove.deleting(formatCount(done() ?? 0), formatCount(all()?.length ?? 0))}</p>
            </Show>
            <div class="dialog-foot">
              <AlertDialog.CloseButton class="button" aria-label={texts().cancel}>
                {texts().cancel}
              </AlertDialog.CloseButton>
              <button
                type="button"
                class="button danger solid"
                disabled={!all() || done() !== undefined}
                onClick={() => void removeAll()}
              >
                {texts().remove.confirm}
              </button>
            </div>
          </AlertDialog.Content>
        </div>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
