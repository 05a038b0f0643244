import { readOptions, shown, type Kind } from '../containers/checks.ts'
import {
  byteCount,
  callable,
  longestTimerMs,
  numberFrom,
  record,
  text,
  wholeFrom,
} from '../containers/option-kinds.ts'
import type { RunLimits } from '../process/messages.ts'
import type { InterpretersOptions } from './engine.ts'
import { InterpreterError } from './errors.ts'
import type { FunctionRunnerOptions } from './function-runner.ts'

const amount = numberFrom(0, Infinity)

/** Limits of one command as a process can keep them; longer ones than its timers know are cut there. Throws `LIMIT_OUT_OF_RANGE` for what is none. */
export function keptLimits({ timeoutMs, cpuMs, maxOutputBytes }: RunLimits): RunLimits {
  return {
    timeoutMs: keptTime('timeoutMs', timeoutMs),
    cpuMs: keptTime('cpuMs', cpuMs),
    maxOutputBytes: kept('maxOutputBytes', maxOutputBytes, Number.MAX_SAFE_INTEGER),
  }
}

/** Milliseconds, at most 24 days. Throws `LIMIT_OUT_OF_RANGE`. */
export function keptTime(name: string, ms: number): number {
  return kept(name, ms, longestTimerMs)
}

function kept(name: string, value: number, most: number): number {
  if (amount.is(value)) return Math.min(value, most)
  throw new InterpreterError(
    'LIMIT_OUT_OF_RANGE',
    `The limit ${name} is a number from 0 on, not ${shown(value)}.`,
  )
}

const duration = numberFrom(0, longestTimerMs)
const warmKinds = { python: wholeFrom(0), javascript: wholeFrom(0) }

const engineKinds = {
  directory: text,
  warm: record,
  maxProcesses: wholeFrom(1),
  warmMemoryBytes: wholeFrom(0),
  idleMs: duration,
  maxFileBytes: byteCount,
  maxFileBytesSetting: text,
  onProblem: callable,
} satisfies Record<keyof InterpretersOptions, Kind>

const runnerKinds = {
  warm: record,
  warmMemoryMb: wholeFrom(0),
  maxProcesses: wholeFrom(1),
  loadTimeoutMs: duration,
  maxCpuMs: duration,
  maxOutputBytes: byteCount,
  diskBytes: byteCount,
} satisfies Record<keyof FunctionRunnerOptions, Kind>

/** Throws `TypeError`. */
export function readEngineOptions(given: InterpretersOptions): InterpretersOptions {
  const options = readOptions('interpreters', given, engineKinds)
  readOptions('warm', options.warm ?? {}, warmKinds)
  return options
}

/** Throws `TypeError`. */
export function readRunnerOptions(given: FunctionRunnerOptions): FunctionRunnerOptions {
  const options = readOptions('function runner', given, runnerKinds)
  readOptions('warm', options.warm ?? {}, warmKinds)
  return options
}
