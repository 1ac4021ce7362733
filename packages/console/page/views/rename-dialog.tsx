import * as Dialog from '@kobalte/core/dialog'
import { TextField } from '@kobalte/core/text-field'
import { createSignal, Show, type JSX } from 'solid-js'
import { formatPercent, texts } from '../state/language.js'
import { shownName } from '../state/names.js'
import { notify } from '../state/notices.js'
import { renameObject } from '../state/object-actions.js'
import { toProblem, type Problem } from '../state/problem.js'
import { problemText } from '../texts/en.js'
import { DialogFrame } from './dialog-frame.jsx'

interface RenameDialogProps {
  readonly bucket: string
  readonly objectKey: string
  readonly onClose: () => void
  readonly onDone: () => void
}

export function RenameDialog(props: RenameDialogProps): JSX.Element {
  const [newKey, setNewKey] = createSignal(props.objectKey)
  const [done, setDone] = createSignal<number>()
  const [problem, setProblem] = createSignal<Problem>()
  const rename = async () => {
    setProblem(undefined)
    setDone(0)
    try {
      const came = await renameObject(props.bucket, props.objectKey, newKey(), setDone)
      if (came === 'renamed') notify('good', texts().rename.done(shownName(newKey())))
      else notify('bad', texts().rename.kept)
      props.onDone()
      props.onClose()
    } catch (error) {
      setProblem(toProblem(error))
      setDone(undefined)
    }
  }
  return (
    <DialogFrame isOpen onOpenChange={(isOpen) => !isOpen && props.onClose()} title={texts().rename.title}>
      <Dialog.Description class="dialog-text">{texts().rename.text}</Dialog.Description>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void rename()
        }}
      >
        <TextField
          class="field"
          value={newKey()}
          onChange={setNewKey}
          validationState={problem() ? 'invalid' : 'valid'}
        >
          <TextField.Label>{texts().rename.label}</TextField.Label>
          <TextField.Input class="input" autocomplete="off" spellcheck={false} />
          <TextField.ErrorMessage class="field-error">
            {problemText(texts(), problem() ?? { code: '' })}
          </TextField.ErrorMessage>
        </TextField>
        <Show when={done() !== undefined}>
          <p role="status">{texts().rename.working(formatPercent(done() ?? 0))}</p>
        </Show>
        <div class="dialog-foot">
          <Dialog.CloseButton class="button" aria-label={texts().cancel}>
            {texts().cancel}
          </Dialog.CloseButton>
          <button
            type="submit"
            class="button primary"
            disabled={done() !== undefined || newKey() === '' || newKey() === props.objectKey}
          >
            {texts().rename.confirm}
          </button>
        </div>
      </form>
    </DialogFrame>
  )
}
