import * as Dialog from '@kobalte/core/dialog'
import { TextField } from '@kobalte/core/text-field'
import { createSignal, For, Show, type JSX } from 'solid-js'
import { texts } from '../state/language.js'
import { notify } from '../state/notices.js'
import { rewrapObject } from '../state/object-actions.js'
import { toProblem, type Problem } from '../state/problem.js'
import { session } from '../state/session.js'
import { problemText } from '../texts/en.js'
import { DialogFrame } from './dialog-frame.jsx'

interface RewrapDialogProps {
  readonly bucket: string
  readonly objectKey: string
  readonly onClose: () => void
}

export function RewrapDialog(props: RewrapDialogProps): JSX.Element {
  const [arn, setArn] = createSignal(session()?.cmks[0] ?? '')
  const [isBusy, setBusy] = createSignal(false)
  const [problem, setProblem] = createSignal<Problem>()
  const isArn = () => arn().startsWith('acs:kms:')
  const rewrap = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await rewrapObject(props.bucket, props.objectKey, [arn().trim()])
      notify('good', texts().rewrap.done)
      props.onClose()
    } catch (error) {
      setProblem(toProblem(error))
      setBusy(false)
    }
  }
  return (
    <DialogFrame isOpen onOpenChange={(isOpen) => !isOpen && props.onClose()} title={texts().rewrap.title}>
      <Dialog.Description class="dialog-text">{texts().rewrap.text}</Dialog.Description>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void rewrap()
        }}
      >
        <TextField
          class="field"
          value={arn()}
          onChange={setArn}
          validationState={problem() || !isArn() ? 'invalid' : 'valid'}
        >
          <TextField.Label>{texts().rewrap.label}</TextField.Label>
          <TextField.Input class="input mono" autocomplete="off" spellcheck={false} list="known-cmks" />
          <TextField.ErrorMessage class="field-error">
            <Show when={problem()} fallback={texts().rewrap.wrong}>
              {(known) => problemText(texts(), known())}
            </Show>
          </TextField.ErrorMessage>
        </TextField>
        <datalist id="known-cmks">
          <For each={session()?.cmks}>{(each) => <option value={each} />}</For>
        </datalist>
        <div class="dialog-foot">
          <Dialog.CloseButton class="button" aria-label={texts().cancel}>
            {texts().cancel}
          </Dialog.CloseButton>
          <button type="submit" class="button primary" disabled={isBusy() || !isArn()}>
            {texts().rewrap.confirm}
          </button>
        </div>
      </form>
    </DialogFrame>
  )
}
