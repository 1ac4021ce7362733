import { Match, Show, Switch, type JSX } from 'solid-js'
import type { ObjectDescription } from '../../src/api/messages.js'
import { formatBytes, formatPercent, texts } from '../state/language.js'
import { baseName, shownName } from '../state/names.js'
import { createPreview, type Preview } from '../state/preview.js'
import { problemText } from '../texts/en.js'
import { EmptyState } from './empty-state.jsx'
import { Icon } from './icon.jsx'

interface PreviewPaneProps {
  readonly bucket: string
  readonly objectKey: string
  readonly description: Extract<ObjectDescription, { readonly kind: 'encrypted' }>
}

/** What an object holds, as far as it was verified. */
export function PreviewPane(props: PreviewPaneProps): JSX.Element {
  const { preview, readAll } = createPreview(
    () => props.bucket,
    () => props.objectKey,
    () => props.description,
  )
  const name = () => shownName(baseName(props.objectKey))
  return (
    <div class="preview" data-kind={preview().kind}>
      <Switch>
        <Match when={as(preview(), 'loading')}>
          {(loading) => (
            <div class="preview-wait" role="status">
              <div class="spinner" />
              {texts().preview.loading(loading().done > 0 ? formatPercent(loading().done) : '')}
            </div>
          )}
        </Match>
        <Match when={as(preview(), 'large')}>
          {(large) => (
            <EmptyState
              icon="shield"
              title={texts().preview.large(formatBytes(large().length ?? 0))}
              text={texts().preview.largeText}
            >
              <button type="button" class="button primary" onClick={readAll}>
                {texts().preview.readAll}
              </button>
            </EmptyState>
          )}
        </Match>
        <Match when={as(preview(), 'none')}>
          <EmptyState icon="file" title={texts().preview.none} text={texts().preview.noneText} />
        </Match>
        <Match when={as(preview(), 'problem')}>
          {(failed) => (
            <EmptyState
              icon="warning"
              kind="bad"
              title={texts().problem.title}
              text={problemText(texts(), failed().problem)}
            />
          )}
        </Match>
        <Match when={as(preview(), 'text')}>
          {(shown) => (
            <>
              <pre class="preview-text" tabindex="0" role="region" aria-label={texts().preview.text(name())}>
                {shown().text}
              </pre>
              <Trust
                text={
                  shown().isWhole ? texts().preview.whole : texts().preview.textCut(formatBytes(shown().text.length))
                }
              />
            </>
          )}
        </Match>
        <Match when={as(preview(), 'image')}>
          {(shown) => (
            <>
              <img class="preview-image" src={shown().url} alt={texts().preview.image(name())} />
              <Trust text={texts().preview.whole} />
            </>
          )}
        </Match>
        <Match when={as(preview(), 'pdf')}>
          {(shown) => (
            <>
              <iframe class="preview-pdf" src={shown().url} title={texts().preview.pdf(name())} />
              <Trust text={texts().preview.whole} />
            </>
          )}
        </Match>
        <Match when={as(preview(), 'video')}>
          {(shown) => (
            <>
              {/* Somebody's own object: there are no captions to name. */}
              <video class="preview-video" controls preload="metadata" src={shown().url} aria-label={name()}>
                {texts().preview.cannotPlay}
              </video>
              <Trust text={shown().verified === 'parts' ? texts().preview.inParts : texts().preview.whole} />
            </>
          )}
        </Match>
        <Match when={as(preview(), 'audio')}>
          {(shown) => (
            <>
              <audio class="preview-audio" controls preload="metadata" src={shown().url} aria-label={name()}>
                {texts().preview.cannotPlay}
              </audio>
              <Trust text={shown().verified === 'parts' ? texts().preview.inParts : texts().preview.whole} />
            </>
          )}
        </Match>
      </Switch>
    </div>
  )
}

/** Says why what is shown can be believed. */
function Trust(props: { readonly text: string }): JSX.Element {
  return (
    <Show when={props.text}>
      <p class="trust">
        <Icon name="shield" />
        {props.text}
      </p>
    </Show>
  )
}

/** The preview, if it is of that kind. */
function as<Kind extends Preview['kind']>(
  preview: Preview,
  kind: Kind,
): Extract<Preview, { readonly kind: Kind }> | undefined {
  return preview.kind === kind ? (preview as Extract<Preview, { readonly kind: Kind }>) : undefined
}
