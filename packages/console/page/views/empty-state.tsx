import { Show, type JSX } from 'solid-js'
import { Icon, type IconName } from './icon.jsx'

/** What is shown where there is nothing else, and what to do about it. */
export function EmptyState(props: {
  readonly icon: IconName
  readonly title: string
  readonly text?: string
  readonly kind?: 'bad' | undefined
  readonly children?: JSX.Element
}): JSX.Element {
  return (
    <div class="empty" data-kind={props.kind} role={props.kind === 'bad' ? 'alert' : undefined}>
      <span class="empty-icon">
        <Icon name={props.icon} />
      </span>
      <h2>{props.title}</h2>
      <Show when={props.text}>
        <p>{withCode(props.text ?? '')}</p>
      </Show>
      {props.children}
    </div>
  )
}

/** Sets what stands between backquotes as code. */
function withCode(text: string): JSX.Element {
  return text.split('`').map((piece, index) => (index % 2 === 1 ? <code>{piece}</code> : piece))
}
