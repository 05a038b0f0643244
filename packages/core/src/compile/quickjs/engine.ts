import type * as Library from 'quickjs-wasi'
import type { JSValueHandle, QuickJS } from 'quickjs-wasi'
import { ContainerTimeoutError } from '../../errors.ts'
import { driver } from './driver.ts'
import { sourceFile } from '../source.ts'
import { beginModule } from './host-modules.ts'
import {
  openInterpreter,
  type Evaluation,
  type Interpreter,
  type QuickJSPackage,
} from './interpreter.ts'

/** Where things stand in the memory of an interpreter that has evaluated a source. */
export interface Image {
  readonly memory: Uint8Array
  readonly stackPointer: number
  /** 64 bytes for the module's own use. */
  readonly scratch: number
  /** The message for a call after one that was cut off. */
  readonly busy: { readonly at: number; readonly length: number }
  /** Boxed values by name: `entry`, `undefined`, and one for each text that was asked for. */
  readonly box: (text: string) => number
}

export type Evaluated =
  | {
      readonly ok: true
      readonly functions: readonly (readonly [string, number])[]
      readonly image: Image
    }
  | { readonly ok: false; readonly error: string }

const busyText =
  'An earlier call was stopped in the middle of the interpreter, which cannot go on from there. Restore a snapshot, or start the container again.'
const operations = ['call', 'get', 'set', 'settle', 'take', 'logs']

/** Runs the top level of the source once and keeps the result. Throws `ContainerError` if a limit ends it. */
export async function evaluateSource(
  { library, wasm }: QuickJSPackage,
  source: string,
  evaluation: Evaluation,
): Promise<Evaluated> {
  const { settings, imports, watch } = evaluation
  const opened = await openInterpreter({ library, wasm }, evaluation)
  const { vm } = opened
  const makeEntry = vm.evalCode(driver, 'gaesup:driver')
  // On stdout a line has an end; in a log it has none.
  const lineEnd = vm.newString(settings.target === 'wasm32-wasi' ? '\n' : '')
  const isDebug = settings.debug ? vm.true : vm.false
  let drawn: JSValueHandle | undefined
  const random = vm.newFunction('gaesup.random', () => {
    drawn?.dispose()
    return (drawn = vm.newNumber(opened.draw()))
  })
  let hasBegun = false
  const begin = vm.newFunction('gaesup.begin', () => {
    hasBegun = true
    watch.begun()
    opened.begin()
    return vm.undefined
  })
  const askHost =
    imports.length === 0 ? vm.undefined : vm.newFunction('gaesup.call', () => notYet())
  const entry = vm.callFunction(makeEntry, vm.undefined, isDebug, lineEnd, random, begin, askHost)
  const ask = (operation: string, value: JSValueHandle = vm.undefined): string =>
    vm.callFunction(entry, vm.undefined, vm.newString(operation), value).toString()
  let answer: string
  try {
    ask('bind', await evaluate(library, opened, { source, evaluation, wasm }))
    while (vm.executePendingJobs() > 0);
    answer = ask('bound')
  } catch (error) {
    const stop = opened.stoppedBy(error)
    if (stop === undefined)
      return {
        ok: false,
        error: describe(hasBegun ? error : refusalOf({ library, vm }, source, error)),
      }
    throw new ContainerTimeoutError('The top level was stopped.', limitCodes[stop])
  }
  watch.done()
  opened.end()
  if (!answer.startsWith('=')) return { ok: false, error: answer.slice(1) }
  const functions = parseFunctions(answer.slice(1))
  if (functions === undefined) return { ok: false, error: 'The exported functions are none.' }
  return {
    ok: true,
    functions,
    image: capture(vm, entry, [...operations, ...functions.map(([name]) => name)]),
  }
}

/** What is wrong with a source that did not begin, without the line that was added to it. */
function refusalOf(
  { library, vm }: { readonly library: typeof Library; readonly vm: QuickJS },
  source: string,
  found: unknown,
): unknown {
  try {
    vm.evalCode(source, sourceFile, library.EvalFlags.TYPE_MODULE)
    return found
  } catch (error) {
    return error
  }
}

const limitCodes = { fuel: 'CPU_LIMIT', depth: 'DEPTH_LIMIT' } as const

interface Source {
  readonly source: string
  readonly evaluation: Evaluation
  readonly wasm: Uint8Array
}

/** The promise of the source's module. */
async function evaluate(
  library: typeof Library,
  { vm }: Interpreter,
  { source, evaluation, wasm }: Source,
): Promise<JSValueHandle> {
  const { EvalFlags, CompileFlags } = library
  const { optimization, debug } = evaluation.settings
  // Imports are evaluated before everything else, wherever they stand: this one says that the source is read and begins.
  const text = `${source}\nimport ${JSON.stringify(beginModule)}`
  if (optimization !== 'size' || debug) return vm.evalCode(text, sourceFile, EvalFlags.TYPE_MODULE)
  // Another interpreter reads the source, so that nothing of its text is left in the memory that is kept.
  const reader = await openInterpreter({ library, wasm }, evaluation)
  const flags = CompileFlags.STRIP_SOURCE | CompileFlags.STRIP_DEBUG
  const compiled = reader.vm.compile(text, sourceFile, EvalFlags.TYPE_MODULE, flags)
  return vm.evalBytecode(compiled)
}

function capture(vm: QuickJS, entry: JSValueHandle, texts: readonly string[]): Image {
  const boxes = new Map([
    ['gaesup:entry', vm.exportHandle(entry)],
    ['gaesup:undefined', vm.exportHandle(vm.evalCode('undefined'))],
    ...texts.map((text) => [text, vm.exportHandle(vm.newString(text))] as const),
  ])
  const engine = vm._getExports()
  const scratch = engine.wasm_malloc(64)
  const message = new TextEncoder().encode(busyText)
  const at = engine.wasm_malloc(message.length)
  new Uint8Array(engine.memory.buffer).set(message, at)
  vm.runGC()
  const { memory: bytes, stackPointer } = vm.snapshot()
  return {
    memory: bytes,
    stackPointer,
    scratch,
    busy: { at, length: message.length },
    box: (text) => boxes.get(text) ?? missing(text),
  }
}

function notYet(): never {
  throw new Error(
    'Functions of the host can be called once the module runs, and not at the top level.',
  )
}

const mostFunctions = 10_000
const mostParameters = 255

/** The script can change what its list of functions is written with, so that this is anything. */
function parseFunctions(json: string): (readonly [string, number])[] | undefined {
  const list: unknown = JSON.parse(json)
  if (!Array.isArray(list) || list.length > mostFunctions) return undefined
  const functions = list.flatMap((one: unknown) => {
    const [name, length] = Array.isArray(one) ? (one as unknown[]) : []
    const isName = typeof name === 'string' && name.isWellFormed()
    const isLength = Number.isInteger(length) && Number(length) >= 0
    return isName && isLength ? [[name, Math.min(Number(length), mostParameters)] as const] : []
  })
  return functions.length === list.length ? functions : undefined
}

function missing(text: string): never {
  throw new TypeError(`Nothing was kept for "${text}".`)
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}\n${error.stack ?? ''}`
    : String(error)
}
