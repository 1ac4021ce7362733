import * as Dialog from '@kobalte/core/dialog'
import { TextField } from '@kobalte/core/text-field'
import { createSignal, Show, type JSX } from 'solid-js'
import type { CorsAnswer } from '../../src/api/messages.js'
import { ask } from '../state/api.js'
import { texts } from '../state/language.js'
import { notify } from '../state/notices.js'
import { toProblem, type Problem } from '../state/problem.js'
import { problemText } from '../texts/en.js'
import { DialogFrame } from './dialog-frame.jsx'

/** Whether pages of an origin can use a bucket, and the rule that they need. */
export function CorsDialog(props: { readonly bucket: string; readonly onClose: () => void }): JSX.Element {
  const [origin, setOrigin] = createSignal('')
  const [found, setFound] = createSignal<CorsAnswer>()
  const [problem, setProblem] = createSignal<Problem>()
  const [isBusy, setBusy] = createSignal(false)
  const isOrigin = () => URL.canParse(origin().trim()) && new URL(origin().trim()).origin === origin().trim()
  const change = (text: string) => {
    setOrigin(text)
    setFound(undefined)
    setProblem(undefined)
  }
  const check = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      setFound(await ask('cors', { bucket: props.bucket, origin: origin().trim() }))
    } catch (error) {
      setProblem(toProblem(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <DialogFrame isOpen onOpenChange={(isOpen) => !isOpen && props.onClose()} title={texts().cors.title}>
      <Dialog.Description class="dialog-text">{texts().cors.text}</Dialog.Description>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void check()
        }}
      >
        <TextField
          class="field"
          value={origin()}
          onChange={change}
          validationState={problem() || (origin() !== '' && !isOrigin()) ? 'invalid' : 'valid'}
        >
          <TextField.Label>{texts().cors.label}</TextField.Label>
          <TextField.Input
            class="input mono"
            autocomplete="off"
            spellcheck={false}
            placeholder="https://app.example.com"
          />
          <TextField.ErrorMessage class="field-error">
            <Show when={problem()} fallback={texts().cors.wrong}>
              {(known) => problemText(texts(), known())}
            </Show>
          </TextField.ErrorMessage>
        </TextField>
        <div role="status" class="cors-found">
          <Show when={found()}>{(answer) => <Finding answer={answer()} />}</Show>
        </div>
        <div class="dialog-foot">
          <Dialog.CloseButton class="button" aria-label={texts().close}>
            {texts().close}
          </Dialog.CloseButton>
          <button type="submit" class="button primary" disabled={isBusy() || !isOrigin()}>
            {texts().cors.check}
          </button>
        </div>
      </form>
    </DialogFrame>
  )
}

function Finding(props: { readonly answer: CorsAnswer }): JSX.Element {
  const text = () => {
    const { answer } = props
    return answer.state === 'incomplete'
      ? texts().cors.incomplete(answer.missing.join(', '))
      : texts().cors[answer.state]
  }
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.answer.document)
      notify('good', texts().cors.copied)
    } catch {
      // Not allowed here: it can be selected.
      notify('bad', texts().cors.notCopied)
    }
  }
  return (
    <>
      <p>{text()}</p>
      <Show when={props.answer.state !== 'complete'}>
        <pre class="preview-text cors-document" tabindex="0">
          {props.answer.document}
        </pre>
        <p class="dialog-text">{texts().cors.beware}</p>
        <button type="button" class="button" onClick={() => void copy()}>
          {texts().cors.copy}
        </button>
      </Show>
    </>
  )
}
