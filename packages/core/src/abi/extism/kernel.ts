import { limitMemory } from '../../binary/index.ts'
import { ContainerMemoryError } from '../../errors.ts'
import { guestFailed } from '../errors.ts'
import { kernelBase64 } from './kernel.gen.ts'
import { kernelFunctions, kernelImport, kernelPrefix } from './linked.ts'
import { LinearMemory } from '../linear-memory.ts'

const encoder = new TextEncoder()

type KernelFunction = (...args: (number | bigint)[]) => unknown

/** The memory a plugin and its host exchange blocks through. */
export interface Kernel {
  /** Functions that the plugin imports, straight from the kernel. */
  readonly functions: Readonly<Record<string, KernelFunction>>
  readonly memory: LinearMemory
  /** Forgets all blocks, and takes the input of the next call. */
  begin(input: Uint8Array): void
  /** The same with text, as UTF-8. */
  beginText(input: string): void
  /** The bytes the plugin set as its output; do not keep them. */
  output(): Uint8Array
  /** What the plugin reported; undefined when nothing. */
  error(): string | undefined
  /** A block's bytes; do not keep them. */
  read(at: bigint): Uint8Array
  text(at: bigint): string
  /** A new block; 0 for nothing. */
  write(bytes: Uint8Array): bigint
}

function refuse(reason: number): never {
  if (reason !== 1) return guestFailed('The plugin named an address outside of its blocks.')
  throw new ContainerMemoryError(
    'The plugin has no memory left for what it exchanges with the host: a quarter of maxMemory.',
    'MEMORY_LIMIT',
  )
}

/** Functions that the plugin imports, by name. In a linked module nothing imports them, and they are never called. */
export function placeholders(): Readonly<Record<string, KernelFunction>> {
  return Object.fromEntries(kernelFunctions.map((name) => [name, () => refuse(2)]))
}

/** What a linked kernel imports. */
export const linkedImports: WebAssembly.Imports = {
  [kernelImport.module]: { [kernelImport.name]: refuse },
}

/** A kernel beside its plugin, in a module of its own. */
export function createKernel(maxPages: number): Kernel {
  const bytes = Uint8Array.from(atob(kernelBase64), (char) => char.charCodeAt(0))
  const limited = limitMemory(bytes, maxPages) as Uint8Array<ArrayBuffer>
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(limited), {
    host: { refuse },
  })
  return connectKernel(exports)
}

/** The kernel that is linked into its plugin. */
export function linkedKernel(exports: WebAssembly.Exports): Kernel {
  const own = Object.entries(exports).flatMap(([name, value]) =>
    name.startsWith(kernelPrefix) ? [[name.slice(kernelPrefix.length), value]] : [],
  )
  return connectKernel(Object.fromEntries(own) as WebAssembly.Exports)
}

function connectKernel(exports: WebAssembly.Exports): Kernel {
  const memory = new LinearMemory(exports['memory'] as WebAssembly.Memory)
  const call = (name: string, ...args: bigint[]): bigint =>
    (exports[name] as (...args: bigint[]) => bigint)(...args)
  const read = (at: bigint): Uint8Array =>
    at === 0n ? new Uint8Array() : memory.view(Number(at), Number(call('length', at)))
  const write = (content: Uint8Array): bigint => {
    if (content.length === 0) return 0n
    const at = call('alloc', BigInt(content.length))
    memory.view(Number(at), content.length).set(content)
    return at
  }
  const text = (at: bigint): string => new TextDecoder().decode(read(at))
  const [begin, outcomeAt] = ['begin', 'outcome_at'].map(
    (name) => exports[name] as (...args: number[]) => number,
  )
  if (begin === undefined || outcomeAt === undefined) throw new TypeError('The kernel is another.')
  const outcome = new Outcome(memory, outcomeAt())
  // The input is the first block, so it stands in the same place each time.
  const inputAt = begin(1)
  let place: Uint8Array = new Uint8Array()
  call('reset')
  const beginBytes = (input: Uint8Array): void => {
    const at = begin(input.length)
    memory.all.set(input, at)
  }
  return {
    functions: Object.fromEntries(
      kernelFunctions.map((name) => [name, exports[name] as KernelFunction]),
    ),
    memory,
    begin: beginBytes,
    beginText(input) {
      // A memory that grew leaves a view of no length.
      if (place.length === 0) place = memory.all.subarray(inputAt)
      // One unit of UTF-16 is at most three bytes.
      if (input.length * 3 > place.length) beginBytes(encoder.encode(input))
      else begin(encoder.encodeInto(input, place).written)
    },
    output: () => memory.view(outcome.word(1), outcome.word(2)),
    error() {
      const at = outcome.word(0)
      return at === 0 ? undefined : text(BigInt(at))
    },
    read,
    text,
    write,
  }
}

/** What the kernel keeps of a call, read without calling it: the error's address, the output's, and its length. */
class Outcome {
  readonly #memory: LinearMemory
  readonly #at: number
  #words: Uint32Array = new Uint32Array()

  constructor(memory: LinearMemory, at: number) {
    this.#memory = memory
    this.#at = at / Uint32Array.BYTES_PER_ELEMENT
  }

  word(n: number): number {
    if (this.#words.length === 0) this.#words = new Uint32Array(this.#memory.all.buffer)
    return this.#words[this.#at + n] ?? 0
  }
}
