import { availableParallelism, totalmem } from 'node:os'
import { createVirtualFiles } from '../files/index.ts'
import { encodeMessage, toChild, type Configuration } from '../process/messages.ts'
import { InterpreterError } from './errors.ts'
import { FunctionProcess } from './function-instance.ts'
import type {
  FunctionCall,
  FunctionCallOptions,
  FunctionResult,
  FunctionSource,
} from './function-types.ts'
import { readRunnerOptions } from './limits.ts'
import { ChildPool } from './pool.ts'
import { findRuntime, findRuntimes, type InterpreterRuntime } from './runtimes.ts'

/** Options of `createFunctionRunner`. */
export interface FunctionRunnerOptions {
  /**
   * Processes started ahead of the first call. Default by the machine: one to four for Python, and from 8 GiB of memory
   * one for JavaScript.
   */
  readonly warm?: { readonly python?: number; readonly javascript?: number }
  /** Memory limit that waiting processes have, MiB; others are started when needed. Default 256. */
  readonly warmMemoryMb?: number
  /** Most instances at a time, waiting ones included. Default 64. */
  readonly maxProcesses?: number
  /** Wall-clock limit of loading the code, milliseconds. Default 10,000. */
  readonly loadTimeoutMs?: number
  /** CPU time of one call, milliseconds. Default twice the call's wall-clock limit. */
  readonly maxCpuMs?: number
  /** Bytes one call may print. Default 1 MiB. */
  readonly maxOutputBytes?: number
  /** Bytes of files an instance may hold. Default 64 MiB. */
  readonly diskBytes?: number
}

/** One instance of one revision; it answers one request at a time. */
export interface RunningFunction {
  readonly alive: boolean
  invoke(call: FunctionCall, options: FunctionCallOptions): Promise<FunctionResult>
  close(): Promise<void>
}

/** Starts functions in locked processes. Fits the `FunctionRunner` port of `@gaesup-state/console-api`. */
export interface FunctionStarter {
  runtimes(): readonly InterpreterRuntime[]
  /**
   * Loads the code; an error in it is the result of the first call. Throws `InterpreterError`: `LANGUAGE_UNAVAILABLE`,
   * `LIMIT_OUT_OF_RANGE`, `CRASHED`, `CLOSED`.
   */
  start(source: FunctionSource, signal: AbortSignal): Promise<RunningFunction>
  close(): Promise<void>
  /** Ids of the running processes, for tests and status pages. */
  processIds(): readonly number[]
}

const mebibyte = 2 ** 20
const memoryRangeMb = { min: 32, max: 2048 } as const
const fileNames = { python: 'app.py', javascript: 'app.js' } as const

/**
 * Creates a runner of Python and JavaScript functions in locked processes. Spare processes start in the background. Throws `TypeError` for options
 * that are none.
 */
export function createFunctionRunner(given: FunctionRunnerOptions = {}): FunctionStarter {
  const options = readRunnerOptions(given)
  const runtimes = findRuntimes()
  const quota = { bytes: options.diskBytes ?? 64 * mebibyte, inodes: 4096 }
  const configure = (prepare: 'python' | 'javascript', memoryMb: number): Configuration => ({
    prepare,
    memoryLimitBytes: memoryMb * mebibyte,
    quota,
  })
  const warm = (['python', 'javascript'] as const).map((language) => ({
    configuration: configure(language, options.warmMemoryMb ?? 256),
    count: runtimes.some((one) => one.language === language)
      ? (options.warm?.[language] ?? spareCount(language))
      : 0,
  }))
  const pool = new ChildPool({ maxProcesses: options.maxProcesses ?? 64, warm }, () => false)
  return {
    runtimes: () => runtimes,
    async start(source, signal) {
      const { language } = findRuntime(runtimes, source.runtime)
      checkMemory(source.memoryMb)
      const child = await pool.acquire(configure(language, source.memoryMb), signal)
      await child.ready
      const instance = new FunctionProcess({
        child,
        maxCpuMs: options.maxCpuMs,
        maxOutputBytes: options.maxOutputBytes ?? mebibyte,
      })
      const tree = createVirtualFiles({ quota })
      tree.writeFile(`/workspace/${fileNames[language]}`, new TextEncoder().encode(source.code))
      child.send(encodeMessage(toChild.files, { quota }, tree.snapshot()))
      const { code, environment } = source
      await instance.load({ language, code, environment }, options.loadTimeoutMs ?? 10_000, signal)
      return instance
    },
    close: () => pool.close(),
    processIds: () => pool.pids(),
  }
}

/** A waiting Python takes about 120 MiB, a waiting JavaScript 70: no more of them than there are processors, nor than a few percent of memory. */
function spareCount(language: 'python' | 'javascript'): number {
  const gibibytes = totalmem() / 2 ** 30
  if (language === 'javascript') return gibibytes >= 8 ? 1 : 0
  return Math.max(1, Math.min(4, availableParallelism(), Math.floor(gibibytes / 4)))
}

function checkMemory(memoryMb: number): void {
  const { min, max } = memoryRangeMb
  if (memoryMb >= min && memoryMb <= max) return
  throw new InterpreterError(
    'LIMIT_OUT_OF_RANGE',
    `A function has ${min} to ${max} MB of memory, not ${memoryMb}.`,
  )
}
