import { Show, type JSX } from 'solid-js'
import { descriptionOf, findingOf } from '../state/descriptions.js'
import { texts } from '../state/language.js'
import { isTampered } from '../state/problem.js'
import { Icon, type IconName } from './icon.jsx'

type Badge = 'floe' | 'gcm' | 'message-body' | 'oss-sdk-ctr' | 'plain' | 'damaged' | 'changed' | 'failed' | 'checking'

const tones: Readonly<Record<Badge, 'good' | 'soft' | 'warn' | 'bad' | 'none'>> = {
  floe: 'good',
  gcm: 'good',
  'message-body': 'good',
  'oss-sdk-ctr': 'warn',
  plain: 'warn',
  damaged: 'bad',
  changed: 'bad',
  failed: 'soft',
  checking: 'none',
}
const icons: Readonly<Record<'good' | 'soft' | 'warn' | 'bad' | 'none', IconName>> = {
  good: 'lock',
  soft: 'more',
  warn: 'unlock',
  bad: 'warning',
  none: 'more',
}

/** How an object is encrypted, and whether reading it has shown something else. */
export function EncryptionBadge(props: { readonly bucket: string; readonly objectKey: string }): JSX.Element {
  const badge = (): Badge => {
    const finding = findingOf(props.bucket, props.objectKey)
    if (finding?.kind === 'problem' && isTampered(finding.problem)) return 'changed'
    const description = descriptionOf(props.bucket, props.objectKey)
    if (!description) return 'checking'
    if (description.kind !== 'encrypted') return description.kind
    return description.format in tones ? (description.format as Badge) : 'failed'
  }
  const isVerified = () => findingOf(props.bucket, props.objectKey)?.kind === 'verified'
  return (
    <Show when={badge() !== 'checking'} fallback={<span class="badge-space" />}>
      <span class="badge" data-tone={tones[badge()]} title={badge() === 'checking' ? '' : help(badge())}>
        <Icon name={icons[tones[badge()]]} />
        {texts().badge[badge()]}
      </span>
      <Show when={isVerified()}>
        <span class="badge" data-tone="good" title={texts().badgeHelp.verified}>
          <Icon name="check" />
          {texts().badge.verified}
        </span>
      </Show>
    </Show>
  )
}

function help(badge: Badge): string {
  return badge === 'checking' ? '' : texts().badgeHelp[badge]
}
