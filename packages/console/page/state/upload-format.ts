import { createSignal } from 'solid-js'
import { session } from './session.js'

export type UploadFormat = 'gcm' | 'floe'

const KEY = 'osscrypt-console-format'
const stored = localStorage.getItem(KEY)
const [chosen, setChosen] = createSignal<UploadFormat | undefined>(
  stored === 'gcm' || stored === 'floe' ? stored : undefined,
)

/** What uploads are stored as: what was chosen here, or else what the console was started with. */
export function uploadFormat(): UploadFormat {
  return chosen() ?? session()?.format ?? 'gcm'
}

export function setUploadFormat(format: UploadFormat): void {
  setChosen(format)
  localStorage.setItem(KEY, format)
}
