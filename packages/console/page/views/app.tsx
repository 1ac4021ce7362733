import { createSignal, onCleanup, onMount, Show, type JSX } from 'solid-js'
import { startMedia } from '../media/media-source.js'
import { texts } from '../state/language.js'
import { problemText } from '../texts/en.js'
import { route, watchRoute } from '../state/route.js'
import { loadSession, session, sessionProblem } from '../state/session.js'
import { readToken } from '../state/token.js'
import { addUnfinished } from '../state/uploads.js'
import { Browser } from './browser.jsx'
import { BucketSheet, Buckets } from './buckets.jsx'
import { EmptyState } from './empty-state.jsx'
import { Notices } from './notices.jsx'
import { TopBar } from './top-bar.jsx'
import { UploadPanel } from './upload-panel.jsx'

export function App(): JSX.Element {
  const hasToken = readToken() !== null
  const [isOnline, setOnline] = createSignal(navigator.onLine)
  const [isMenuOpen, setMenuOpen] = createSignal(false)
  const watchNetwork = () => setOnline(navigator.onLine)
  onMount(() => {
    watchRoute()
    addEventListener('online', watchNetwork)
    addEventListener('offline', watchNetwork)
    if (hasToken) {
      void loadSession()
      void startMedia()
      void addUnfinished()
    }
  })
  onCleanup(() => {
    removeEventListener('online', watchNetwork)
    removeEventListener('offline', watchNetwork)
  })
  const isRefused = () => !hasToken || sessionProblem()?.code === 'Unauthorized'
  return (
    <div class="app">
      <TopBar onMenu={() => setMenuOpen(true)} />
      <Show when={!isOnline() && !session()?.isLocal}>
        <p class="banner" role="status">
          {texts().offline}
        </p>
      </Show>
      <Show
        when={!isRefused()}
        fallback={
          <main class="alone">
            <EmptyState icon="lock" title={texts().start.title} text={texts().start.text} />
          </main>
        }
      >
        <Show
          when={session()}
          fallback={
            <main class="alone">
              <Show when={sessionProblem()} fallback={<div class="spinner" role="status" aria-label="…" />}>
                {(problem) => (
                  <EmptyState
                    icon="warning"
                    kind="bad"
                    title={texts().problem.title}
                    text={problemText(texts(), problem())}
                  >
                    <button type="button" class="button" onClick={() => void loadSession()}>
                      {texts().retry}
                    </button>
                  </EmptyState>
                )}
              </Show>
            </main>
          }
        >
          <div class="body">
            <nav class="sidebar" aria-label={texts().buckets.title}>
              <Buckets />
            </nav>
            <Show
              when={route().bucket}
              keyed
              fallback={
                <main class="alone">
                  <EmptyState icon="bucket" title={texts().buckets.choose} text={texts().buckets.chooseText}>
                    <div class="only-narrow">
                      <Buckets />
                    </div>
                  </EmptyState>
                </main>
              }
            >
              {(bucket) => <Browser bucket={bucket} />}
            </Show>
          </div>
          <BucketSheet isOpen={isMenuOpen()} onOpenChange={setMenuOpen} />
          <UploadPanel />
        </Show>
      </Show>
      <Notices />
    </div>
  )
}
