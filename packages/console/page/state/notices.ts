import { createSignal } from 'solid-js'

export interface Notice {
  readonly id: number
  readonly kind: 'good' | 'bad'
  readonly text: string
}

const [notices, setNotices] = createSignal<readonly Notice[]>([])
export { notices }

const SHOWN_MS = 7000
let nextId = 1

/** Says something, to who looks and to who listens. What is bad stays until it is closed. */
export function notify(kind: Notice['kind'], text: string): void {
  const id = nextId++
  setNotices((all) => [...all.slice(-3), { id, kind, text }])
  if (kind === 'good') setTimeout(() => closeNotice(id), SHOWN_MS)
}

export function closeNotice(id: number): void {
  setNotices((all) => all.filter((notice) => notice.id !== id))
}
