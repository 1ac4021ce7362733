import { For, type JSX } from 'solid-js'
import { texts } from '../state/language.js'
import { shownName } from '../state/names.js'
import { hrefOf } from '../state/route.js'
import { Icon } from './icon.jsx'

export function Breadcrumbs(props: { readonly bucket: string; readonly prefix: string }): JSX.Element {
  const steps = () => {
    const names = props.prefix.split('/').slice(0, -1)
    const below = names.map((name, index) => ({ name: name || '/', prefix: `${names.slice(0, index + 1).join('/')}/` }))
    return [{ name: props.bucket, prefix: '' }, ...below]
  }
  return (
    <nav class="breadcrumbs" aria-label={texts().list.path}>
      <ol>
        <For each={steps()}>
          {({ name, prefix }, index) => (
            <li>
              {index() > 0 && <Icon name="chevron" />}
              <a
                href={hrefOf({ bucket: props.bucket, prefix })}
                aria-current={index() === steps().length - 1 ? 'page' : undefined}
              >
                {shownName(name)}
              </a>
            </li>
          )}
        </For>
      </ol>
    </nav>
  )
}
