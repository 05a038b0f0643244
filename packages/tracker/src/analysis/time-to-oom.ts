import type { Pressure } from '../model/metrics.ts'
import type { Point } from '../rollup/trend.ts'
import { trendOf } from '../rollup/trend.ts'

/** When memory will be used up if it goes on growing like this. */
export interface TimeToOom {
  readonly seconds: number
  readonly bytesPerSecond: number
  /** 0 … 1: how consistently memory grew; memory stalls that the kernel reports raise it. */
  readonly confidence: number
}

const agreementOfChance = 0.5

/**
 * Estimates when memory reaches its limit. Undefined without a limit, with too few points, or when memory does not
 * grow.
 */
export const timeToOom = (
  memory: readonly Point[],
  limitBytes: number,
  pressure: Pressure | null = null,
): TimeToOom | undefined => {
  const trend = trendOf(memory)
  const last = memory.at(-1)
  if (trend === undefined || last === undefined || !(limitBytes > 0) || trend.slopePerSecond <= 0)
    return undefined
  const seconds = Math.max(0, limitBytes - last.value) / trend.slopePerSecond
  const agreement = Math.max(0, (trend.agreement - agreementOfChance) / (1 - agreementOfChance))
  const stalled = Math.min(1, (pressure?.memoryFull ?? 0) / 100)
  return {
    seconds,
    bytesPerSecond: trend.slopePerSecond,
    confidence: agreement + (1 - agreement) * stalled,
  }
}
