import type { JSX } from 'solid-js'

const paths = {
  bucket:
    'M4 6.5c0-1.4 3.6-2.5 8-2.5s8 1.1 8 2.5M4 6.5C4 7.9 7.6 9 12 9s8-1.1 8-2.5M4 6.5 5.8 18c.3 1.1 2.9 2 6.2 2s5.9-.9 6.2-2L20 6.5',
  folder: 'M3.5 7a2 2 0 0 1 2-2h4l2 2.5h7a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z',
  file: 'M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5',
  lock: 'M6 10.5h12v9H6zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5',
  unlock: 'M6 10.5h12v9H6zM8.5 10.5V8a3.5 3.5 0 0 1 6.7-1.4',
  warning: 'M12 4 21 19.5H3zM12 10v4.5M12 17v.1',
  upload: 'M12 15.5V4.5M7.5 9 12 4.5 16.5 9M4.5 15.5v4h15v-4',
  download: 'M12 4.5v11M7.5 11 12 15.5 16.5 11M4.5 15.5v4h15v-4',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.2 10.5v5.5M13.8 10.5v5.5',
  pencil: 'M5 19l.8-3.8L16 5l3 3L8.8 18.2zM14 7l3 3',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20',
  close: 'M6 6l12 12M18 6 6 18',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  moon: 'M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z',
  system: 'M3.5 5h17v11h-17zM9 20h6M12 16v4',
  key: 'M8 16.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 12.5h8.5v3M17 12.5v2.5',
  check: 'M5 12.5 10 17.5 19.5 7',
  play: 'M8 5.5v13l10.5-6.5z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  refresh: 'M19 12a7 7 0 1 1-2.2-5.1M19.5 4v4h-4',
  chevron: 'M9.5 6 15.5 12l-6 6',
  down: 'M6 9.5 12 15.5l6-6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  more: 'M6 12v.1M12 12v.1M18 12v.1',
  shield: 'M12 3.5 5 6v5.5c0 4.3 3 7.5 7 9 4-1.5 7-4.7 7-9V6zM8.8 11.8l2.4 2.4 4-4.4',
  window: 'M3.5 5h17v14h-17zM3.5 9h17M6.5 7v.1M9 7v.1',
  globe:
    'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.5c2.5 2.5 3.5 5.5 3.5 8.5s-1 6-3.5 8.5c-2.5-2.5-3.5-5.5-3.5-8.5s1-6 3.5-8.5z',
}

export type IconName = keyof typeof paths

/** An icon beside a text, or in what has a label: hidden from who listens. */
export function Icon(props: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[props.name]} />
    </svg>
  )
}
