import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { skipLocals } from './locals.ts'

/** The most locals that a function may have for others to be added; engines take 50,000 with its parameters. */
const mostLocals = 40_000

const zeroOf: ReadonlyMap<number, readonly number[]> = new Map([
  [0x7f, [0x41, 0]],
  [0x7e, [0x42, 0]],
  [0x7d, [0x43, 0, 0, 0, 0]],
  [0x7c, [0x44, 0, 0, 0, 0, 0, 0, 0, 0]],
])

/** The instruction that gives the first value of a local of this type; nothing for types that are no numbers. */
export function zero(type: number): readonly number[] | undefined {
  return zeroOf.get(type)
}

/** Locals that a rewriter adds to a function, behind its own. */
export class AddedLocals {
  readonly #body: Uint8Array
  /** Where its declarations and its code begin. */
  readonly #locals: { readonly groups: number; readonly at: number }
  readonly codeAt: number
  readonly #first: number
  readonly #types: number[] = []

  /** Gives `undefined` for a function that has too many already. */
  static of(body: Uint8Array, params: number): AddedLocals | undefined {
    const cursor = new ByteCursor(body)
    const locals = skipLocals(cursor)
    const first = params + locals.count
    return first > mostLocals ? undefined : new AddedLocals(body, cursor.at, { ...locals, first })
  }

  private constructor(
    body: Uint8Array,
    codeAt: number,
    locals: { groups: number; at: number; first: number },
  ) {
    this.#body = body
    this.#locals = locals
    this.#first = locals.first
    this.codeAt = codeAt
  }

  /** The n-th added one of a type, from 0 on. */
  slot(type: number, n: number): number {
    let left = n
    for (const [at, one] of this.#types.entries()) {
      if (one !== type) continue
      if (left === 0) return this.#first + at
      left -= 1
    }
    for (; left >= 0; left -= 1) this.#types.push(type)
    return this.#first + this.#types.length - 1
  }

  /** The function with these locals and this code. */
  bodyWith(code: Uint8Array): Uint8Array {
    const { groups, at } = this.#locals
    const out = new ByteSink(code.length + this.codeAt + this.#types.length * 2 + 5)
    out.u32(groups + this.#types.length).bytes(this.#body.subarray(at, this.codeAt))
    for (const type of this.#types) out.u8(1).u8(type)
    return out.bytes(code).finish()
  }
}
