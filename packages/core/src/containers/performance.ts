import { readOptions, type Kind } from './checks.ts'
import { flag, numberFrom, wholeFrom } from './option-kinds.ts'

/**
 * Profiling, caching and memory of a manager.
 *
 * @see seed core-and-react, "PerformanceConfig"
 */
export interface PerformanceConfig {
  /**
   * Measures each function of a module: `metrics.functions`. Every call is then timed, which slows short calls in the calling thread. Needs metrics.
   * Default false.
   */
  enableProfiling?: boolean
  /** The same as `enableMetrics` of the manager; contradicting values are refused. Default true. */
  collectMetrics?: boolean
  /**
   * Percent of `cacheSize`, 0 to 100. Above it, compiled modules that no container runs are dropped, the least recently used first; 0 keeps no idle
   * module. Checked whenever an instance starts or ends. Default: they stay until `cacheSize` is full.
   */
  gcThreshold?: number
  /**
   * Bytes of linear memory for all containers together, at least 64 KiB. Each instance reserves its `maxMemory` from its start to its end; a start
   * that does not fit is refused with `CAPACITY`. During `fork`, `restart`, `restore` and `reload` the additional instance counts as well. Default:
   * no limit.
   */
  memoryPoolSize?: number
  /** The same as `workerThreads` of the manager; contradicting values are refused. Default: `maxContainers`. */
  workerThreads?: number
}

/** Options that the manager has by another name or place as well. */
interface Elsewhere {
  readonly enableMetrics?: boolean
  readonly workerThreads?: number
}

export interface ResolvedPerformance {
  readonly enableMetrics: boolean
  readonly enableProfiling: boolean
  /** `Infinity` without a limit. */
  readonly memoryPoolBytes: number
  /** Of `cacheSize`, 0 to 1; undefined lets no idle module go before that is full. */
  readonly idleShare: number | undefined
  readonly workerThreads: number | undefined
}

const leastPool = 65_536
const kinds = {
  enableProfiling: flag,
  collectMetrics: flag,
  gcThreshold: { ...numberFrom(0, 100), text: 'a percentage from 0 to 100' },
  memoryPoolSize: {
    text: `a number of bytes from ${leastPool} on`,
    is: (value) => typeof value === 'number' && value >= leastPool,
  },
  workerThreads: wholeFrom(1),
} satisfies Record<keyof PerformanceConfig, Kind>

/** Throws `TypeError` for numbers out of range, and for two answers to one question. */
export function resolvePerformance(
  options: PerformanceConfig,
  elsewhere: Elsewhere,
): ResolvedPerformance {
  const given = readOptions('performance', options, kinds)
  const { enableProfiling = false, gcThreshold, memoryPoolSize } = given
  const enableMetrics =
    same('collectMetrics', given.collectMetrics, {
      name: 'enableMetrics',
      value: elsewhere.enableMetrics,
    }) ?? true
  if (enableProfiling && !enableMetrics)
    throw new TypeError('enableProfiling needs metrics, and they are turned off.')
  return {
    enableMetrics,
    enableProfiling,
    memoryPoolBytes: memoryPoolSize ?? Infinity,
    idleShare: gcThreshold === undefined ? undefined : gcThreshold / 100,
    workerThreads: same('performance.workerThreads', given.workerThreads, {
      name: 'workerThreads',
      value: elsewhere.workerThreads,
    }),
  }
}

function same<T>(
  name: string,
  value: T | undefined,
  other: { readonly name: string; readonly value: T | undefined },
): T | undefined {
  if (value === undefined || other.value === undefined || value === other.value)
    return value ?? other.value
  throw new TypeError(
    `${name} is ${String(value)} and ${other.name} is ${String(other.value)}: give one of them.`,
  )
}
