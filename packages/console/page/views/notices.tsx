import { For, type JSX } from 'solid-js'
import { texts } from '../state/language.js'
import { closeNotice, notices } from '../state/notices.js'
import { Icon } from './icon.jsx'

export function Notices(): JSX.Element {
  return (
    <div class="notices" role="status" aria-live="polite">
      <For each={notices()}>
        {({ id, kind, text }) => (
          <div class="notice" data-kind={kind}>
            <Icon name={kind === 'good' ? 'check' : 'warning'} />
            <span>{text}</span>
            <button type="button" class="icon-button" aria-label={texts().close} onClick={() => closeNotice(id)}>
              <Icon name="close" />
            </button>
          </div>
        )}
      </For>
    </div>
  )
}
