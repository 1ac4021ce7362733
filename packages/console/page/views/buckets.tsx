import * as Dialog from '@kobalte/core/dialog'
import { For, Show, type JSX } from 'solid-js'
import { texts } from '../state/language.js'
import { hrefOf, route } from '../state/route.js'
import { session } from '../state/session.js'
import { Icon } from './icon.jsx'

/** The buckets, of which those in other regions cannot be opened by this console. */
export function Buckets(props: { readonly onChosen?: () => void }): JSX.Element {
  return (
    <>
      <h2 class="side-title">{texts().buckets.title}</h2>
      <ul class="bucket-list">
        <For
          each={session()?.buckets}
          fallback={
            <li class="hint">
              {texts().buckets.none}. {texts().buckets.noneText.replaceAll('`', '')}
            </li>
          }
        >
          {({ name, region }) => (
            <li>
              <Show
                when={region === session()?.region}
                fallback={
                  <span class="bucket" data-disabled title={texts().buckets.otherRegion(region)}>
                    <Icon name="bucket" />
                    <span class="cut">{name}</span>
                    <small>{region}</small>
                  </span>
                }
              >
                <a
                  class="bucket"
                  href={hrefOf({ bucket: name, prefix: '' })}
                  aria-current={route().bucket === name ? 'page' : undefined}
                  onClick={() => props.onChosen?.()}
                >
                  <Icon name="bucket" />
                  <span class="cut">{name}</span>
                </a>
              </Show>
            </li>
          )}
        </For>
      </ul>
    </>
  )
}

/** The same, where there is no room for it beside the rest. */
export function BucketSheet(props: {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
}): JSX.Element {
  return (
    <Dialog.Root open={props.isOpen} onOpenChange={props.onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay class="overlay" />
        <Dialog.Content class="sheet" aria-label={texts().buckets.title}>
          <Dialog.CloseButton class="icon-button sheet-close" aria-label={texts().close}>
            <Icon name="close" />
          </Dialog.CloseButton>
          <Buckets onChosen={() => props.onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
