import { createResource, For, Match, onCleanup, Show, Switch, type JSX } from 'solid-js'
import { descriptionOf } from '../state/descriptions.js'
import { readEnvelope } from '../state/envelope.js'
import { texts } from '../state/language.js'
import { shownName } from '../state/names.js'
import { toProblem } from '../state/problem.js'
import { problemText } from '../texts/en.js'
import { EmptyState } from './empty-state.jsx'
import { Icon } from './icon.jsx'

interface EnvelopePaneProps {
  readonly bucket: string
  readonly objectKey: string
  /** The envelope that was verified, as seenEnvelope tells it. What stands there now may be another. */
  readonly verified: string | undefined
  readonly isChanged: boolean
}

/** Every field of an envelope: what it is, what it says, and whether that was verified. */
export function EnvelopePane(props: EnvelopePaneProps): JSX.Element {
  const control = new AbortController()
  onCleanup(() => control.abort())
  const [facts] = createResource(
    // A rewrap changes it, and the description with it.
    () => ({ bucket: props.bucket, key: props.objectKey, description: descriptionOf(props.bucket, props.objectKey) }),
    ({ bucket, key }) => readEnvelope(bucket, key, control.signal),
  )
  const isVerified = () => props.verified !== undefined && facts()?.seen === props.verified
  return (
    <Switch fallback={<div class="spinner" role="status" aria-label={texts().preview.loading('')} />}>
      <Match when={facts.error as unknown}>
        {(error) => (
          <EmptyState icon="warning" title={texts().problem.title} text={problemText(texts(), toProblem(error()))} />
        )}
      </Match>
      <Match when={facts()}>
        {(all) => (
          <>
            <p class="hint">{isVerified() ? texts().envelope.verifiedIntro : texts().envelope.intro}</p>
            <dl class="facts">
              <For each={all().facts}>
                {({ name, value, isAuthenticated, isCode }) => (
                  <div class="fact">
                    <dt>
                      {texts().envelopeRows[name][0]}
                      <Show
                        when={isAuthenticated && isVerified() && !props.isChanged}
                        fallback={
                          <small data-never={!isAuthenticated}>
                            {isAuthenticated ? texts().envelope.said : texts().envelope.neverVerified}
                          </small>
                        }
                      >
                        <small data-good>
                          <Icon name="check" />
                          {texts().envelope.verified}
                        </small>
                      </Show>
                    </dt>
                    <dd class="fact-value" data-code={isCode}>
                      {shownName(value)}
                    </dd>
                    <dd class="fact-help">{texts().envelopeRows[name][1].replaceAll('`', '')}</dd>
                  </div>
                )}
              </For>
            </dl>
          </>
        )}
      </Match>
    </Switch>
  )
}
