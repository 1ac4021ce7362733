import { DropdownMenu } from '@kobalte/core/dropdown-menu'
import { For, Show, type JSX } from 'solid-js'
import { language, setLanguage, texts } from '../state/language.js'
import { session } from '../state/session.js'
import { isDark, setTheme, theme, type Theme } from '../state/theme.js'
import { Icon } from './icon.jsx'

const themes: readonly Theme[] = ['system', 'light', 'dark']

export function TopBar(props: { readonly onMenu: () => void }): JSX.Element {
  return (
    <header class="top-bar">
      <Show when={session()}>
        <button type="button" class="icon-button only-narrow" aria-label={texts().menu} onClick={() => props.onMenu()}>
          <Icon name="menu" />
        </button>
      </Show>
      <a class="brand" href="#/">
        <img src="/icon.svg" alt="" width="26" height="26" />
        <h1>osscrypt</h1>
      </a>
      <Show when={session()}>
        {(given) => (
          <span class="place" data-local={given().isLocal}>
            {given().isLocal ? texts().localCloud : texts().region(given().region)}
          </span>
        )}
      </Show>
      <span class="spacer" />
      <button
        type="button"
        class="button quiet"
        lang={language() === 'zh' ? 'en' : 'zh-CN'}
        onClick={() => setLanguage(language() === 'zh' ? 'en' : 'zh')}
      >
        <Icon name="globe" />
        {texts().switchLanguage}
      </button>
      <DropdownMenu placement="bottom-end" gutter={6}>
        <DropdownMenu.Trigger class="icon-button" aria-label={texts().theme.label}>
          <Icon name={isDark() ? 'moon' : 'sun'} />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content class="menu">
            <DropdownMenu.RadioGroup value={theme()} onChange={(value) => setTheme(value)}>
              <For each={themes}>
                {(each) => (
                  <DropdownMenu.RadioItem class="menu-item" value={each}>
                    <Icon name={each === 'system' ? 'system' : each === 'light' ? 'sun' : 'moon'} />
                    {texts().theme[each]}
                    <DropdownMenu.ItemIndicator class="menu-mark">
                      <Icon name="check" />
                    </DropdownMenu.ItemIndicator>
                  </DropdownMenu.RadioItem>
                )}
              </For>
            </DropdownMenu.RadioGroup>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu>
    </header>
  )
}
