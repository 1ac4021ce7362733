import { Match, Show, Switch, type JSX } from 'solid-js'
import { formatCount, texts } from '../state/language.js'
import { entries, isLoading, isStopped, listingProblem, scanned, stopListing } from '../state/listing.js'
import { problemText } from '../texts/en.js'
import { EmptyState } from './empty-state.jsx'

/** How far the list is, and what is said where it is empty. */
export function ListState(props: { readonly search: string; readonly onRetry: () => void }): JSX.Element {
  const line = () => {
    const count = formatCount(entries().length)
    if (isLoading()) return props.search ? texts().list.searching(formatCount(scanned())) : texts().list.loading(count)
    if (isStopped()) return `${texts().list.count(count)} · ${texts().list.stopped}`
    return props.search ? texts().list.found(count, formatCount(scanned())) : texts().list.count(count)
  }
  return (
    <>
      <Switch>
        <Match when={listingProblem()}>
          {(problem) => (
            <EmptyState icon="warning" kind="bad" title={texts().problem.title} text={problemText(texts(), problem())}>
              <button type="button" class="button" onClick={() => props.onRetry()}>
                {texts().retry}
              </button>
            </EmptyState>
          )}
        </Match>
        <Match when={!isLoading() && entries().length === 0 && props.search}>
          <EmptyState
            icon="search"
            title={texts().list.nothingFound}
            text={texts().list.nothingFoundText(props.search)}
          />
        </Match>
        <Match when={!isLoading() && entries().length === 0}>
          <EmptyState icon="upload" title={texts().list.empty} text={texts().list.emptyText} />
        </Match>
      </Switch>
      <footer class="list-foot">
        <span role="status">{line()}</span>
        <Show when={isLoading()}>
          <button type="button" class="button quiet small" onClick={stopListing}>
            {texts().list.stop}
          </button>
        </Show>
      </footer>
    </>
  )
}
