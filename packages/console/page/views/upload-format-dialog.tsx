import * as Dialog from '@kobalte/core/dialog'
import { RadioGroup } from '@kobalte/core/radio-group'
import { For, type JSX } from 'solid-js'
import { texts } from '../state/language.js'
import { setUploadFormat, uploadFormat, type UploadFormat } from '../state/upload-format.js'
import { DialogFrame } from './dialog-frame.jsx'

const formats: readonly UploadFormat[] = ['floe', 'gcm']

export function UploadFormatDialog(props: {
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
}): JSX.Element {
  return (
    <DialogFrame isOpen={props.isOpen} onOpenChange={props.onOpenChange} title={texts().uploads.settings}>
      <Dialog.Description class="dialog-text">{texts().uploads.settingsText}</Dialog.Description>
      <RadioGroup
        class="choices"
        aria-label={texts().uploads.settings}
        value={uploadFormat()}
        onChange={(value) => setUploadFormat(value as UploadFormat)}
      >
        <For each={formats}>
          {(format) => (
            <RadioGroup.Item class="choice" value={format}>
              <RadioGroup.ItemInput />
              <RadioGroup.ItemControl class="radio">
                <RadioGroup.ItemIndicator class="radio-mark" />
              </RadioGroup.ItemControl>
              <div>
                <RadioGroup.ItemLabel class="choice-name">{texts().uploads.formats[format][0]}</RadioGroup.ItemLabel>
                <RadioGroup.ItemDescription class="choice-text">
                  {texts().uploads.formats[format][1]}
                </RadioGroup.ItemDescription>
              </div>
            </RadioGroup.Item>
          )}
        </For>
      </RadioGroup>
      <div class="dialog-foot">
        <Dialog.CloseButton class="button primary" aria-label={texts().close}>
          {texts().close}
        </Dialog.CloseButton>
      </div>
    </DialogFrame>
  )
}
