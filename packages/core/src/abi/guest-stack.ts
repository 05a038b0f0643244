/** Under which name the host finds the global that is a module's stack pointer. */
export const stackExport = 'gaesup:stack'
/** Emscripten's, which leave the pointer where they put it. */
const movers = /^_?(emscripten_)?stack_?(alloc|restore|set)/i

/**
 * The stack that a module has in its own memory. A call that is cut off leaves its pointer where it was: without this, each such call would
 * take some of the stack with it.
 */
export class GuestStack {
  /** Whether calls that return may leave the pointer elsewhere. */
  readonly moves: boolean
  readonly #pointer: WebAssembly.Global<'i32'>
  /** Between two calls. */
  #rest: number

  constructor(pointer: WebAssembly.Global<'i32'>, moves: boolean) {
    this.#pointer = pointer
    this.moves = moves
    this.#rest = pointer.value
  }

  get level(): number {
    return this.#pointer.value
  }

  /** Back to where it stood when a call inside of another began. */
  set level(value: number) {
    if (this.#pointer.value !== value) this.#pointer.value = value
  }

  /** Call before an outermost call where the pointer `moves`. */
  remember(): void {
    this.#rest = this.#pointer.value
  }

  /** After an outermost call that did not return. */
  reset(): void {
    this.level = this.#rest
  }
}

/** Undefined where it is not known which of the module's globals it is. */
export function openStack(exports: WebAssembly.Exports): GuestStack | undefined {
  const pointer = exports[stackExport]
  if (!(pointer instanceof WebAssembly.Global)) return undefined
  const moves = Object.keys(exports).some((name) => movers.test(name))
  return new GuestStack(pointer as WebAssembly.Global<'i32'>, moves)
}
