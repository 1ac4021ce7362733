import { Progress } from '@kobalte/core/progress'
import { createEffect, createSignal, For, Match, onCleanup, Show, Switch, type JSX } from 'solid-js'
import { formatBytes, formatCount, formatPercent, texts } from '../state/language.js'
import { baseName, shownName } from '../state/names.js'
import {
  canReadAgain,
  cancelUpload,
  clearDone,
  pauseUpload,
  replaceByUpload,
  restartUpload,
  resumeUpload,
  uploads,
  type Upload,
} from '../state/uploads.js'
import { problemText } from '../texts/en.js'
import { Icon } from './icon.jsx'

/** What is being sent, and what was. */
export function UploadPanel(): JSX.Element {
  const [isShown, setShown] = createSignal(true)
  const done = () => uploads.filter(({ state }) => state === 'done').length
  const isBusy = () => uploads.some(({ state }) => state === 'running' || state === 'waiting')
  const warn = (event: BeforeUnloadEvent) => event.preventDefault()
  createEffect(() => {
    if (isBusy()) addEventListener('beforeunload', warn)
    else removeEventListener('beforeunload', warn)
  })
  onCleanup(() => removeEventListener('beforeunload', warn))
  return (
    <Show when={uploads.length > 0}>
      <section class="uploads" aria-label={texts().uploads.title}>
        <header class="uploads-head">
          <h2>{texts().uploads.title}</h2>
          <span class="hint" role="status">
            {texts().uploads.summary(formatCount(done()), formatCount(uploads.length))}
          </span>
          <span class="spacer" />
          <Show when={done() > 0}>
            <button type="button" class="button quiet small" onClick={clearDone}>
              {texts().uploads.clear}
            </button>
          </Show>
          <button
            type="button"
            class="icon-button"
            aria-expanded={isShown()}
            aria-label={isShown() ? texts().uploads.hide : texts().uploads.show}
            onClick={() => setShown(!isShown())}
          >
            <span class="turn" data-turned={!isShown()}>
              <Icon name="down" />
            </span>
          </button>
        </header>
        <Show when={isShown()}>
          <ul class="upload-list">
            <For each={uploads}>{(upload) => <UploadLine upload={upload} />}</For>
          </ul>
        </Show>
      </section>
    </Show>
  )
}

function UploadLine(props: { readonly upload: Upload }): JSX.Element {
  const name = () => shownName(baseName(props.upload.key))
  return (
    <li class="upload" data-state={props.upload.state} data-key={props.upload.key}>
      <div class="upload-line">
        <span class="cut upload-name" title={`${props.upload.bucket}/${shownName(props.upload.key)}`}>
          {name()}
        </span>
        <span class="hint">{formatBytes(props.upload.length)}</span>
        <Controls upload={props.upload} name={name()} />
      </div>
      <Progress
        class="progress"
        value={Math.round(props.upload.done * 100)}
        aria-label={texts().uploads.progress(name())}
      >
        <Progress.Track class="progress-track">
          <Progress.Fill class="progress-fill" />
        </Progress.Track>
      </Progress>
      <p class="upload-state">
        <Switch>
          <Match when={props.upload.state === 'waiting'}>{texts().uploads.waiting}</Match>
          <Match when={props.upload.state === 'running'}>
            {formatPercent(props.upload.done)} · {props.upload.format}
          </Match>
          <Match when={props.upload.state === 'paused'}>{texts().uploads.paused}</Match>
          <Match when={props.upload.state === 'interrupted'}>
            {canReadAgain(props.upload.id) ? texts().uploads.interrupted : texts().uploads.giveAgain}
          </Match>
          <Match when={props.upload.state === 'exists'}>{texts().uploads.exists}</Match>
          <Match when={props.upload.state === 'changed'}>{texts().uploads.changed}</Match>
          <Match when={props.upload.state === 'done'}>
            <Icon name="lock" />
            {texts().uploads.done} · {props.upload.format}
          </Match>
          <Match when={props.upload.problem}>{(problem) => problemText(texts(), problem())}</Match>
        </Switch>
      </p>
    </li>
  )
}

function Controls(props: { readonly upload: Upload; readonly name: string }): JSX.Element {
  const label = (text: string) => `${text}: ${props.name}`
  return (
    <span class="upload-controls">
      <Show when={props.upload.state === 'running' || props.upload.state === 'waiting'}>
        <button
          type="button"
          class="icon-button"
          aria-label={label(texts().uploads.pause)}
          onClick={() => pauseUpload(props.upload.id)}
        >
          <Icon name="pause" />
        </button>
      </Show>
      <Show
        when={
          props.upload.state === 'paused' ||
          props.upload.state === 'failed' ||
          (props.upload.state === 'interrupted' && canReadAgain(props.upload.id))
        }
      >
        <button
          type="button"
          class="icon-button"
          aria-label={label(texts().uploads.resume)}
          onClick={() => void resumeUpload(props.upload.id)}
        >
          <Icon name="play" />
        </button>
      </Show>
      <Show when={props.upload.state === 'exists'}>
        <button type="button" class="button small" onClick={() => replaceByUpload(props.upload.id)}>
          {texts().uploads.replace}
        </button>
      </Show>
      <Show when={props.upload.state === 'changed'}>
        <button type="button" class="button small" onClick={() => restartUpload(props.upload.id)}>
          {texts().uploads.restart}
        </button>
      </Show>
      <button
        type="button"
        class="icon-button"
        aria-label={label(props.upload.state === 'done' ? texts().uploads.remove : texts().uploads.cancel)}
        onClick={() => cancelUpload(props.upload.id)}
      >
        <Icon name="close" />
      </button>
    </span>
  )
}
