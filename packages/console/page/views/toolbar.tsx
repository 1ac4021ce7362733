import { DropdownMenu } from '@kobalte/core/dropdown-menu'
import { createSignal, Show, type JSX } from 'solid-js'
import { filesOfInput } from '../state/dropped-files.js'
import { formatCount, texts } from '../state/language.js'
import { listedFolders } from '../state/listing.js'
import { clearSelection, selected } from '../state/selection.js'
import { uploadFormat } from '../state/upload-format.js'
import { addUploads } from '../state/uploads.js'
import { downloadOrTell } from './download-or-tell.js'
import { Icon } from './icon.jsx'
import { UploadFormatDialog } from './upload-format-dialog.jsx'

interface ToolbarProps {
  readonly bucket: string
  readonly prefix: string
  readonly search: string
  readonly onSearch: (text: string) => void
  readonly onRefresh: () => void
  readonly onDelete: (keys: readonly string[]) => void
  readonly onCors: () => void
}

export function Toolbar(props: ToolbarProps): JSX.Element {
  const [isChoosingFormat, setChoosingFormat] = createSignal(false)
  let filesInput: HTMLInputElement | undefined
  let folderInput: HTMLInputElement | undefined
  const take = (input: HTMLInputElement) => {
    addUploads(props.bucket, filesOfInput(input.files, props.prefix), uploadFormat())
    input.value = ''
  }
  const downloadSelected = async () => {
    const folders = listedFolders()
    for (const key of selected()) {
      if (!folders.has(key)) await downloadOrTell(props.bucket, key)
    }
  }
  return (
    <div class="toolbar">
      <Show
        when={selected().size > 0}
        fallback={
          <div class="search">
            <Icon name="search" />
            <input
              type="search"
              aria-label={texts().list.search}
              placeholder={texts().list.search}
              value={props.search}
              onInput={(event) => props.onSearch(event.currentTarget.value)}
            />
          </div>
        }
      >
        <div class="selection" role="group" aria-label={texts().list.selected(formatCount(selected().size))}>
          <button
            type="button"
            class="icon-button"
            aria-label={texts().actions.clearSelection}
            onClick={clearSelection}
          >
            <Icon name="close" />
          </button>
          <span>{texts().list.selected(formatCount(selected().size))}</span>
          <button type="button" class="button" onClick={() => void downloadSelected()}>
            <Icon name="download" />
            {texts().actions.download}
          </button>
          <button type="button" class="button danger" onClick={() => props.onDelete([...selected()])}>
            <Icon name="trash" />
            {texts().actions.delete}
          </button>
        </div>
      </Show>
      <button type="button" class="icon-button" aria-label={texts().list.refresh} onClick={() => props.onRefresh()}>
        <Icon name="refresh" />
      </button>
      <button type="button" class="icon-button" aria-label={texts().cors.open} onClick={() => props.onCors()}>
        <Icon name="window" />
      </button>
      <DropdownMenu placement="bottom-end" gutter={6}>
        <DropdownMenu.Trigger class="button primary">
          <Icon name="upload" />
          {texts().actions.upload}
          <Icon name="down" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content class="menu">
            <DropdownMenu.Item class="menu-item" onSelect={() => filesInput?.click()}>
              <Icon name="file" />
              {texts().actions.uploadFiles}
            </DropdownMenu.Item>
            <DropdownMenu.Item class="menu-item" onSelect={() => folderInput?.click()}>
              <Icon name="folder" />
              {texts().actions.uploadFolder}
            </DropdownMenu.Item>
            <DropdownMenu.Separator class="menu-line" />
            <DropdownMenu.Item class="menu-item" onSelect={() => setChoosingFormat(true)}>
              <Icon name="lock" />
              {texts().actions.uploadSettings}
              <span class="menu-mark">{uploadFormat()}</span>
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu>
      <input ref={filesInput} type="file" multiple hidden data-files onChange={(event) => take(event.currentTarget)} />
      <input
        ref={folderInput}
        type="file"
        multiple
        hidden
        attr:webkitdirectory=""
        onChange={(event) => take(event.currentTarget)}
      />
      <UploadFormatDialog isOpen={isChoosingFormat()} onOpenChange={setChoosingFormat} />
    </div>
  )
}
