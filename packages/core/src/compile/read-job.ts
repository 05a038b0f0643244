import { parseImports, type DeclaredImports } from './declared-imports.ts'
import { readSource } from './source.ts'
import type { CompileOptions, CompileSettings } from './types.ts'

const defaults = { timeoutMs: 30_000, maxSourceBytes: 1024 * 1024 }
const choices = {
  target: ['wasm32-wasi', 'wasm32-unknown'],
  optimization: ['none', 'size', 'speed'],
  engine: ['assemblyscript', 'quickjs', 'auto'],
} as const

/** What is to be compiled, with every default in place. */
export interface ReadJob {
  readonly text: string
  readonly settings: CompileSettings
  readonly imports: DeclaredImports
  readonly timeoutMs: number
}

/** Throws `TypeError` and `CompilationError`. */
export function readJob(source: string | Uint8Array, options: CompileOptions): ReadJob {
  if (typeof source !== 'string' && !(source instanceof Uint8Array))
    throw new TypeError('The source is text or bytes of UTF-8.')
  for (const name of ['target', 'optimization', 'engine'] as const) {
    const value = options[name]
    const known: readonly string[] = choices[name]
    if (value !== undefined && !known.includes(value))
      throw new TypeError(`${name} is one of ${known.join(', ')}, not ${JSON.stringify(value)}.`)
  }
  const maxSourceBytes = positive(
    'maxSourceBytes',
    options.maxSourceBytes ?? defaults.maxSourceBytes,
  )
  const timeoutMs = positive('timeoutMs', options.timeoutMs ?? defaults.timeoutMs)
  const imports = parseImports(options.imports ?? {})
  const { target = 'wasm32-unknown', optimization = 'speed', debug = false } = options
  return {
    text: readSource(source, maxSourceBytes),
    settings: { target, optimization, debug },
    imports,
    timeoutMs,
  }
}

/** The longest time a timer can be set to. */
const longest = 2 ** 31 - 1

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0 && value <= longest) return value
  throw new TypeError(`${name} is a whole number from 1 to ${longest}, not ${value}.`)
}
