import { createEffect, createRoot, createSignal } from 'solid-js'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'osscrypt-console-theme'
const stored = localStorage.getItem(KEY)
const [theme, setTheme] = createSignal<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system')
const dark = matchMedia('(prefers-color-scheme: dark)')
const [systemIsDark, setSystemIsDark] = createSignal(dark.matches)

export { theme, setTheme }

/** Whether the page is dark now, by the user's choice or the system's. */
export function isDark(): boolean {
  return theme() === 'system' ? systemIsDark() : theme() === 'dark'
}

/** Keeps the page in the theme that was chosen, or else in the system's. */
export function watchTheme(): void {
  dark.addEventListener('change', () => setSystemIsDark(dark.matches))
  createRoot(() => {
    createEffect(() => {
      document.documentElement.dataset['theme'] = isDark() ? 'dark' : 'light'
      localStorage.setItem(KEY, theme())
    })
  })
}
