import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Library from 'quickjs-wasi'
import type { ExtensionDescriptor, QuickJS, QuickJSOptions, Snapshot } from 'quickjs-wasi'
import { packageRoot } from '../../process/entry-url.ts'
import { GuestDependencyError } from '../dependency-error.ts'
import { limitMemory } from '../../binary/index.ts'

const require = createRequire(import.meta.url)
const pageBytes = 65_536
/** Half of what the engine could have: V8's own stack, in its slowest tier, has to hold out longer than the guest's. */
const stackBytes = 262_144
const extensionNames = ['url', 'encoding', 'headers', 'crypto', 'structured-clone'] as const

/** The folder of the guest's own JavaScript. It ships as source, so it is found from the package root. */
export const preludeFolder = (): string =>
  fileURLToPath(new URL('src/guests/javascript/prelude', packageRoot()))

/** A booted interpreter to copy from: prelude evaluated, no user code run. */
export interface JavaScriptImage {
  /** A fresh interpreter whose linear memory can never pass `memoryLimitBytes`. */
  open(
    memoryLimitBytes: number,
    options: Omit<QuickJSOptions, 'wasm' | 'memoryLimit' | 'extensions'>,
  ): Promise<QuickJS>
  /** The entry function of the prelude, for `importHandle`. */
  readonly entry: number
  /** Export names of every core module, by module name. */
  readonly builtins: ReadonlyMap<string, readonly string[]>
  /** Version of the QuickJS-NG engine. */
  readonly engineVersion: string
}

const loadLibrary = async (): Promise<typeof Library> => {
  try {
    return await import('quickjs-wasi')
  } catch (cause) {
    throw new GuestDependencyError('quickjs-wasi', { cause })
  }
}

const compile = (bytes: Uint8Array): WebAssembly.Module =>
  new WebAssembly.Module(new Uint8Array(bytes))

/** One script that defines every prelude file as a module of an internal loader and returns the entry function. */
const preludeSource = (): {
  readonly code: string
  readonly files: readonly { name: string; code: string }[]
} => {
  const folder = preludeFolder()
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.js') && name !== 'main.js')
    .map((name) => ({ name: name.slice(0, -3), code: readFileSync(join(folder, name), 'utf8') }))
  return { code: readFileSync(join(folder, 'main.js'), 'utf8'), files }
}

const bootPrelude = (vm: QuickJS): { entry: number; builtins: Map<string, readonly string[]> } => {
  const { code, files } = preludeSource()
  const host = vm.newFunction('host', () => vm.undefined)
  const definitions = vm.newObject()
  for (const file of files) {
    const wrapped = `(function (exports, require, module, host) {${file.code}\n})`
    definitions.setProp(file.name, vm.evalCode(wrapped, `node:internal/${file.name}`))
  }
  const main = vm.evalCode(code, 'node:internal/main')
  const entry = vm.callFunction(main, vm.undefined, host, definitions)
  const listing = vm.callFunction(entry, vm.undefined, vm.newString('builtins'))
  const builtins = new Map<string, readonly string[]>(JSON.parse(listing.toString()))
  return { entry: vm.exportHandle(entry), builtins }
}

const boot = async (): Promise<JavaScriptImage> => {
  const { QuickJS } = await loadLibrary()
  const wasm = readFileSync(require.resolve('quickjs-wasi/quickjs.wasm'))
  const extensions: ExtensionDescriptor[] = extensionNames.map((name) => ({
    name,
    wasm: compile(readFileSync(require.resolve(`quickjs-wasi/${name}.so`))),
  }))
  const vm = await QuickJS.create({
    wasm: compile(wasm),
    extensions,
    maxStackSize: stackBytes,
    timezoneOffset: 0,
  })
  const { entry, builtins } = bootPrelude(vm)
  vm.runGC()
  const snapshot: Snapshot = vm.snapshot()
  const engineVersion = vm.versions['quickjs'] ?? 'unknown'
  vm.dispose()

  const modules = new Map<number, WebAssembly.Module>()
  const moduleWith = (maxPages: number): WebAssembly.Module => {
    const known = modules.get(maxPages)
    if (known !== undefined) return known
    const made = compile(limitMemory(wasm, maxPages))
    // A handful of limits is in use at a time; an old one costs 4 ms to make again.
    if (modules.size >= 8) modules.clear()
    modules.set(maxPages, made)
    return made
  }
  const open: JavaScriptImage['open'] = (memoryLimitBytes, options) => {
    const floorPages = Math.ceil(snapshot.memory.length / pageBytes) + 16
    const maxPages = Math.max(
      floorPages,
      Math.min(65_536, Math.floor(memoryLimitBytes / pageBytes)),
    )
    // The heap limit stays below the hard cap, so that running out is an exception first and the host can still answer.
    const memoryLimit = maxPages * pageBytes - 1_572_864
    return QuickJS.restore(snapshot, {
      ...options,
      wasm: moduleWith(maxPages),
      extensions,
      memoryLimit,
      maxStackSize: stackBytes,
    })
  }
  return { open, entry, builtins, engineVersion }
}

/** Boots the interpreter once, at the first call (about 60 ms); later calls share it. */
export const createImageLoader = (): (() => Promise<JavaScriptImage>) => {
  let booted: Promise<JavaScriptImage> | undefined
  return () => {
    booted ??= boot()
    return booted
  }
}

/** The image that every JavaScript guest of this process copies. It holds compiled code only, no program's state. */
export const loadImage: () => Promise<JavaScriptImage> = createImageLoader()
