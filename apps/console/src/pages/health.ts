import type { PlainKey } from '../i18n/i18n-context.tsx'
import type { Tone } from '../ui/surfaces.tsx'

/** How a set of calls went: nothing ran, fine, some failed, or at least one in twenty failed. */
export function healthOf({
  invocations24h,
  errorRate,
}: {
  readonly invocations24h: number
  readonly errorRate: number
}): Tone {
  if (invocations24h === 0) return 'off'
  if (errorRate === 0) return 'good'
  return errorRate < 5 ? 'warn' : 'bad'
}

export const healthText: Readonly<Record<Tone, PlainKey>> = {
  off: 'health.off',
  good: 'health.good',
  warn: 'health.warn',
  bad: 'health.bad',
}
