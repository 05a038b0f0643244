import { isSeeded, isStepped } from '../abi/wasi-senses.ts'
import { check, readOptions, type Kind } from '../containers/checks.ts'
import { abortSignal, anything, flag, record, text } from '../containers/option-kinds.ts'
import { resolveSenses } from '../containers/senses.ts'
import type { CompilerLimits } from './ask-compiler.ts'
import { parseImports } from './declared-imports.ts'
import { readSource } from './source.ts'
import type { CompileOptions } from './types.ts'
import type { CompileJob, TopLevel } from './worker-messages.ts'

const defaults = { timeoutMs: 30_000, maxSourceBytes: 1024 * 1024, maxMemory: 64 << 20 }
const choices = {
  target: ['wasm32-wasi', 'wasm32-unknown'],
  optimization: ['none', 'size', 'speed'],
  engine: ['assemblyscript', 'quickjs', 'auto'],
} as const
const kinds = {
  target: text,
  optimization: text,
  debug: flag,
  imports: record,
  engine: text,
  signal: abortSignal,
  // These are looked at below.
  timeoutMs: anything,
  maxSourceBytes: anything,
  maxMemory: anything,
  maxCpuTime: anything,
  maxFuel: anything,
  clock: anything,
  random: anything,
} satisfies Record<keyof CompileOptions, Kind>
const ofScripts = ['maxMemory', 'maxCpuTime', 'maxFuel', 'clock', 'random'] as const
const pageBytes = 65_536
const mostPages = 65_536

/** What is to be compiled and within which limits, with every default in place. */
export interface ReadJob {
  readonly job: Omit<CompileJob, 'engine'>
  readonly limits: CompilerLimits
}

/** Throws `TypeError` and `CompilationError`. */
export function readJob(source: string | Uint8Array, given: CompileOptions): ReadJob {
  const options = readOptions('compile', given, kinds)
  if (typeof source !== 'string' && !(source instanceof Uint8Array))
    throw new TypeError('The source is text or bytes of UTF-8.')
  for (const name of ['target', 'optimization', 'engine'] as const) {
    const value = options[name]
    const known: readonly string[] = choices[name]
    if (value !== undefined && !known.includes(value))
      throw new TypeError(`${name} is one of ${known.join(', ')}, not ${JSON.stringify(value)}.`)
  }
  const { maxSourceBytes = defaults.maxSourceBytes, timeoutMs = defaults.timeoutMs } = options
  positive('maxSourceBytes', maxSourceBytes)
  positive('timeoutMs', timeoutMs)
  const topLevel = readTopLevel(options)
  const imports = parseImports(options.imports ?? {})
  const { target = 'wasm32-unknown', optimization = 'speed', debug = false, signal } = options
  return {
    job: {
      source: readSource(source, maxSourceBytes),
      settings: { target, optimization, debug },
      imports,
      topLevel,
    },
    limits: { timeoutMs, maxCpuTimeMs: topLevel.maxCpuTimeMs, signal },
  }
}

function readTopLevel(options: CompileOptions): TopLevel {
  const { engine = 'assemblyscript' } = options
  const meaningless = ofScripts.find((name) => options[name] !== undefined)
  if (engine === 'assemblyscript' && meaningless !== undefined)
    throw new TypeError(
      `${meaningless} is for the engine "quickjs": AssemblyScript runs nothing of the source.`,
    )
  const { maxMemory = defaults.maxMemory, maxCpuTime = Infinity, maxFuel } = options
  check(maxMemory > 0 && Number.isFinite(maxMemory), 'maxMemory is a number of bytes above 0')
  const isTime = typeof maxCpuTime === 'number' && maxCpuTime > 0
  check(isTime, 'maxCpuTime is a number of milliseconds above 0')
  const isFuel = maxFuel === undefined || (typeof maxFuel === 'bigint' && maxFuel > 0n)
  check(isFuel, 'maxFuel is a bigint above 0, such as 1_000_000n')
  const { clock, random } = resolveSenses(options)
  if (clock !== undefined && !isStepped(clock))
    throw new TypeError('clock is { startMs, stepMs }: functions do not reach the compiler.')
  if (random !== undefined && !isSeeded(random))
    throw new TypeError('random is a { seed }: functions do not reach the compiler.')
  const maxPages = Math.min(Math.floor(maxMemory / pageBytes), mostPages)
  return { clock, random, maxPages, maxCpuTimeMs: maxCpuTime, maxFuel }
}

/** The longest time a timer can be set to. */
const longest = 2 ** 31 - 1

function positive(name: string, value: number): void {
  const isGood = Number.isInteger(value) && value > 0 && value <= longest
  check(isGood, `${name} is a whole number from 1 to ${longest}, not ${value}`)
}
