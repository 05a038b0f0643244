import { useSyncExternalStore } from 'react'
import { useI18n } from '../i18n/i18n-context.tsx'

const tickMs = 10_000
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(changed: () => void): () => void {
  listeners.add(changed)
  timer ??= setInterval(() => {
    for (const listener of listeners) listener()
  }, tickMs)
  return () => {
    listeners.delete(changed)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The present, in steps, so that all times on a page change together and seldom. */
const coarseNow = () => Math.floor(Date.now() / tickMs) * tickMs + tickMs

/** `3 minutes ago`, kept current, with the exact time on hover. */
export function RelativeTime({
  iso,
  className,
  short = false,
}: {
  readonly iso: string
  readonly className?: string
  /** In as few letters as possible, for narrow places. */
  readonly short?: boolean
}) {
  const { formats } = useI18n()
  const now = useSyncExternalStore(subscribe, coarseNow)
  const at = new Date(iso).getTime()
  return (
    <time dateTime={iso} title={formats.dateTime(iso)} className={className}>
      {(short ? formats.relativeShort : formats.relative)(Math.min(at, now), now)}
    </time>
  )
}
