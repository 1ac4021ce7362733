import { Tabs } from '@kobalte/core/tabs'
import { createEffect, createSignal, Match, on, onCleanup, onMount, Show, Switch, type JSX } from 'solid-js'
import { descriptionOf, findingOf, wantDescriptions } from '../state/descriptions.js'
import { formatBytes, formatPercent, formatTime, texts } from '../state/language.js'
import { baseName, shownName } from '../state/names.js'
import { verifyObject } from '../state/object-actions.js'
import { isTampered } from '../state/problem.js'
import { problemText } from '../texts/en.js'
import type { Asked } from './asked.js'
import { downloadOrTell } from './download-or-tell.js'
import { EmptyState } from './empty-state.jsx'
import { EncryptionBadge } from './encryption-badge.jsx'
import { EnvelopePane } from './envelope-pane.jsx'
import { Icon } from './icon.jsx'
import { PreviewPane } from './preview-pane.jsx'

interface DetailsPanelProps {
  readonly bucket: string
  readonly objectKey: string
  readonly onClose: () => void
  readonly onAsk: (asked: Asked) => void
}

/** The object that is open: what it holds, what its envelope says, and what can be done with it. */
export function DetailsPanel(props: DetailsPanelProps): JSX.Element {
  let heading: HTMLHeadingElement | undefined
  const opener = document.activeElement
  const [verifying, setVerifying] = createSignal<number>()
  let control = new AbortController()
  onMount(() => {
    heading?.focus()
    wantDescriptions(props.bucket, [props.objectKey])
  })
  onCleanup(() => {
    control.abort()
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
  })
  const name = () => shownName(baseName(props.objectKey))
  const description = () => descriptionOf(props.bucket, props.objectKey)
  const encrypted = () => {
    const described = description()
    return described?.kind === 'encrypted' && described.integrity !== 'none' ? described : undefined
  }
  const finding = () => findingOf(props.bucket, props.objectKey)
  const problem = () => {
    const found = finding()
    return found?.kind === 'problem' ? found.problem : undefined
  }
  const verified = () => {
    const found = finding()
    return found?.kind === 'verified' ? found : undefined
  }
  // What was rewrapped or replaced is looked at anew.
  createEffect(
    on(description, (described) => {
      if (!described) wantDescriptions(props.bucket, [props.objectKey])
    }),
  )
  const verify = async () => {
    control = new AbortController()
    setVerifying(0)
    await verifyObject(props.bucket, props.objectKey, control.signal, setVerifying).catch(() => undefined)
    setVerifying(undefined)
  }
  return (
    <aside
      class="details"
      aria-labelledby="details-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) props.onClose()
      }}
    >
      <header class="details-head">
        <h2 id="details-title" ref={heading} tabindex="-1">
          {name()}
        </h2>
        <button type="button" class="icon-button" aria-label={texts().close} onClick={() => props.onClose()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="details-line">
        <EncryptionBadge bucket={props.bucket} objectKey={props.objectKey} />
        <span class="hint" role="status">
          <Switch fallback={encrypted() && !problem() ? texts().details.notVerified : ''}>
            <Match when={verifying() !== undefined}>{texts().details.verifying(formatPercent(verifying() ?? 0))}</Match>
            <Match when={verified()}>
              {(found) => texts().details.verified(formatBytes(found().length ?? 0), formatTime(found().timeMs))}
            </Match>
          </Switch>
        </span>
      </div>
      <div class="details-actions" role="group" aria-label={texts().details.title}>
        <Show when={encrypted()}>
          <button
            type="button"
            class="button"
            onClick={() => void downloadOrTell(props.bucket, props.objectKey)}
            disabled={isTampered(problem())}
          >
            <Icon name="download" />
            {texts().actions.download}
          </button>
          <button type="button" class="button" onClick={() => void verify()} disabled={verifying() !== undefined}>
            <Icon name="shield" />
            {texts().actions.verify}
          </button>
          <button type="button" class="button" onClick={() => props.onAsk({ kind: 'rename', key: props.objectKey })}>
            <Icon name="pencil" />
            {texts().actions.rename}
          </button>
          <Show when={encrypted()?.format !== 'message-body'}>
            <button type="button" class="button" onClick={() => props.onAsk({ kind: 'rewrap', key: props.objectKey })}>
              <Icon name="key" />
              {texts().actions.rewrap}
            </button>
          </Show>
        </Show>
        <button
          type="button"
          class="button danger"
          onClick={() => props.onAsk({ kind: 'delete', keys: [props.objectKey], prefixes: [] })}
        >
          <Icon name="trash" />
          {texts().actions.delete}
        </button>
      </div>
      <Tabs class="tabs" defaultValue="preview">
        <Tabs.List class="tab-list" aria-label={texts().details.title}>
          <Tabs.Trigger class="tab" value="preview">
            {texts().details.preview}
          </Tabs.Trigger>
          <Tabs.Trigger class="tab" value="envelope">
            {texts().details.envelope}
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content class="tab-content" value="preview">
          <Switch fallback={<div class="spinner" role="status" aria-label={texts().preview.loading('')} />}>
            <Match when={isTampered(problem())}>
              <EmptyState
                icon="warning"
                kind="bad"
                title={texts().details.changedTitle}
                text={texts().details.changedText}
              />
            </Match>
            <Match when={encrypted()}>
              {(described) => (
                <PreviewPane bucket={props.bucket} objectKey={props.objectKey} description={described()} />
              )}
            </Match>
            <Match when={description()?.kind === 'plain'}>
              <EmptyState icon="unlock" title={texts().details.plainTitle} text={texts().details.plainText} />
            </Match>
            <Match when={description()?.kind === 'damaged'}>
              <EmptyState
                icon="warning"
                kind="bad"
                title={texts().details.damagedTitle}
                text={texts().details.damagedText}
              />
            </Match>
            <Match when={description()?.kind === 'encrypted'}>
              <EmptyState
                icon="unlock"
                title={texts().details.noIntegrityTitle}
                text={texts().details.noIntegrityText}
              />
            </Match>
            <Match when={failureOf(description())}>
              {(error) => (
                <EmptyState
                  icon="warning"
                  kind="bad"
                  title={texts().problem.title}
                  text={problemText(texts(), error())}
                />
              )}
            </Match>
          </Switch>
        </Tabs.Content>
        <Tabs.Content class="tab-content" value="envelope">
          <EnvelopePane
            bucket={props.bucket}
            objectKey={props.objectKey}
            verified={verified()?.seen}
            isChanged={isTampered(problem())}
          />
        </Tabs.Content>
      </Tabs>
    </aside>
  )
}

function failureOf(description: ReturnType<typeof descriptionOf>) {
  return description?.kind === 'failed' ? description.error : undefined
}
