import type * as Library from 'quickjs-wasi'
import type { JSValueHandle, QuickJS } from 'quickjs-wasi'
import { limitMemory } from '../../binary/index.ts'
import type { DeclaredImports } from '../declared-imports.ts'
import { driver } from './driver.ts'
import { hostModules } from './host-modules.ts'
import type { CompileSettings } from '../types.ts'

/** Memory the source may fill while it is compiled: 64 MiB. */
const compilePages = 1024
/** Half of what the engine could have: the stack of whatever runs the module holds out longer than the interpreter's. */
const stackBytes = 262_144

/** The library, and the interpreter's own module. */
export interface QuickJSPackage {
  readonly library: typeof Library
  readonly wasm: Uint8Array
}

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

/** How a source is evaluated. */
export interface Evaluation {
  readonly settings: CompileSettings
  /** Functions of the host that the source can import. */
  readonly imports: DeclaredImports
}

/** Runs the source's top level once and keeps what came of it. */
export async function evaluateSource(
  { library, wasm }: QuickJSPackage,
  source: string,
  { settings, imports }: Evaluation,
): Promise<Evaluated> {
  const open = (): Promise<QuickJS> => openInterpreter({ library, wasm }, { settings, imports })
  const vm = await open()
  const makeEntry = vm.evalCode(driver, 'gaesup:driver')
  // On stdout a line has an end; in a log it has none.
  const lineEnd = vm.newString(settings.target === 'wasm32-wasi' ? '\n' : '')
  const isDebug = settings.debug ? vm.true : vm.false
  const askHost =
    imports.length === 0 ? vm.undefined : vm.newFunction('gaesup.call', () => notYet())
  const entry = vm.callFunction(makeEntry, vm.undefined, isDebug, lineEnd, askHost)
  const ask = (operation: string, value: JSValueHandle = vm.undefined): string =>
    vm.callFunction(entry, vm.undefined, vm.newString(operation), value).toString()
  try {
    ask('bind', await evaluate(library, vm, { source, settings, open }))
    while (vm.executePendingJobs() > 0);
  } catch (error) {
    return { ok: false, error: describe(error) }
  }
  const answer = ask('bound')
  if (!answer.startsWith('=')) return { ok: false, error: answer.slice(1) }
  const functions = JSON.parse(answer.slice(1)) as [string, number][]
  return {
    ok: true,
    functions,
    image: capture(vm, entry, [...operations, ...functions.map(([name]) => name)]),
  }
}

function openInterpreter(
  { library, wasm }: QuickJSPackage,
  { settings, imports }: Evaluation,
): Promise<QuickJS> {
  return library.QuickJS.create({
    wasm: new WebAssembly.Module(new Uint8Array(limitMemory(wasm, compilePages))),
    maxStackSize: stackBytes,
    timezoneOffset: 0,
    moduleLoader: { load: hostModules(imports) },
    wasi: (memory) => ({ fd_write: () => 8, ...clockOf(settings, memory) }),
  })
}

interface Source {
  readonly source: string
  readonly settings: CompileSettings
  readonly open: () => Promise<QuickJS>
}

/** The promise of the source's module. */
async function evaluate(
  { EvalFlags, CompileFlags }: typeof Library,
  vm: QuickJS,
  { source, settings, open }: Source,
): Promise<JSValueHandle> {
  const file = 'module.ts'
  if (settings.optimization !== 'size' || settings.debug)
    return vm.evalCode(source, file, EvalFlags.TYPE_MODULE)
  // Another interpreter reads the source, so that nothing of its text is left in the memory that is kept.
  const reader = await open()
  const flags = CompileFlags.STRIP_SOURCE | CompileFlags.STRIP_DEBUG
  const compiled = reader.compile(source, file, EvalFlags.TYPE_MODULE, flags)
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

function missing(text: string): never {
  throw new TypeError(`Nothing was kept for "${text}".`)
}

function clockOf(
  { target }: CompileSettings,
  memory: WebAssembly.Memory,
): { clock_time_get?: (clock: number, precision: bigint, at: number) => number } {
  // Without WASI there is no clock: what the source sees while it is compiled is what it sees later.
  if (target === 'wasm32-wasi') return {}
  return {
    clock_time_get: (_clock, _precision, at) => {
      new DataView(memory.buffer).setBigUint64(at, 0n, true)
      return 0
    },
  }
}

function describe(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}\n${error.stack ?? ''}`
    : String(error)
}
