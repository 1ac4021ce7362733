import { createEffect, createRoot, createSignal } from 'solid-js'
import { en, type Texts } from '../texts/en.js'
import { zh } from '../texts/zh.js'

export type Language = 'en' | 'zh'

const KEY = 'osscrypt-console-language'
const tables: Readonly<Record<Language, Texts>> = { en, zh }
const stored = localStorage.getItem(KEY) ?? navigator.language
const [language, setLanguage] = createSignal<Language>(stored.startsWith('zh') ? 'zh' : 'en')

export { language, setLanguage }

createRoot(() => {
  createEffect(() => {
    document.documentElement.lang = language() === 'zh' ? 'zh-CN' : 'en'
    localStorage.setItem(KEY, language())
  })
})

/** All texts in the language of the page. */
export function texts(): Texts {
  return tables[language()]
}

const locale = () => (language() === 'zh' ? 'zh-CN' : 'en')

/** As 12.3 MB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toLocaleString(locale(), { maximumFractionDigits: digits })} ${units[unit] ?? ''}`
}

export function formatCount(count: number): string {
  return count.toLocaleString(locale())
}

export function formatTime(ms: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(ms)
}

/** Of 1, as 42 %. */
export function formatPercent(done: number): string {
  return `${String(Math.round(done * 100))} %`
}
