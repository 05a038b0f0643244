import type { RollupRow } from '../rollup/rows.ts'
import { resolutionMs } from '../rollup/rows.ts'

/** Recommended limits, with their evidence. */
export interface SizingAdvice {
  /** In cores. */
  readonly cpuCores: number
  readonly memoryBytes: number
  readonly action: 'grow' | 'shrink' | 'keep'
  readonly evidence: {
    /** Periods looked at, and the time from the first to the end of the last. */
    readonly periods: number
    readonly spanMs: number
    readonly cpuP99Percent: number
    readonly memoryMaxBytes: number
    /** The highest that the forecast expects; null without one. */
    readonly memoryForecastBytes: number | null
    readonly memoryLimitBytes: number
    /** Percent of scheduler periods that the CPU limit stopped. */
    readonly throttledPercent: number
    readonly oomKills: number
  }
}

/** Input of `sizingAdvice`: rows of one workspace, of any one resolution. */
export interface AdviceInput {
  readonly cpu: readonly RollupRow[]
  readonly memory: readonly RollupRow[]
  readonly memoryLimitBytes: number
  /** What a forecast of memory expects, in bytes: limits are advised before they are needed. */
  readonly memoryForecast?: readonly number[]
  readonly throttledPercent?: number
  readonly oomKills?: number
}

const cpuHeadroom = 1.15
const memoryHeadroom = 1.2
const afterOom = 1.5
const shrinkBelow = 0.6
const growAbove = 0.95
const throttledMuch = 5

/** The largest p99 of a set of rows. It is never below the p99 of all measurements together, so advice errs on the safe side. */
const highest = (rows: readonly RollupRow[], pick: (row: RollupRow) => number): number =>
  rows.reduce((max, row) => Math.max(max, pick(row)), 0)

/**
 * Recommends limits: p99 of CPU plus 15 %, and the highest memory, measured or forecast, plus 20 % (after an
 * out-of-memory kill, half of the limit more). Undefined without rows.
 */
export const sizingAdvice = (input: AdviceInput): SizingAdvice | undefined => {
  const first = input.memory[0]
  const last = input.memory.at(-1)
  if (first === undefined || last === undefined || input.cpu.length === 0) return undefined
  const oomKills = input.oomKills ?? 0
  const throttledPercent = input.throttledPercent ?? 0
  const cpuP99Percent = highest(input.cpu, ({ p99 }) => p99)
  const memoryMaxBytes = highest(input.memory, ({ max }) => max)
  const memoryForecastBytes = input.memoryForecast?.length
    ? Math.max(...input.memoryForecast)
    : null
  const wanted = Math.max(memoryMaxBytes, memoryForecastBytes ?? 0) * memoryHeadroom
  // After a kill the highest use was cut off by the limit, so the need is not known, only that it is more.
  const memoryBytes = Math.ceil(
    oomKills > 0 ? Math.max(wanted, input.memoryLimitBytes * afterOom) : wanted,
  )
  const ratio = input.memoryLimitBytes > 0 ? memoryBytes / input.memoryLimitBytes : 1
  const grow = oomKills > 0 || throttledPercent > throttledMuch || ratio > 1 / growAbove
  return {
    cpuCores:
      (cpuP99Percent / 100) * cpuHeadroom * (throttledPercent > throttledMuch ? afterOom : 1),
    memoryBytes,
    action: grow ? 'grow' : ratio < shrinkBelow ? 'shrink' : 'keep',
    evidence: {
      periods: input.memory.length,
      spanMs: last.startMs - first.startMs + resolutionMs[last.resolution],
      cpuP99Percent,
      memoryMaxBytes,
      memoryForecastBytes,
      memoryLimitBytes: input.memoryLimitBytes,
      throttledPercent,
      oomKills,
    },
  }
}
