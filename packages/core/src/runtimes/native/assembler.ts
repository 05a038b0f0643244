import { ByteSink } from '../../binary/byte-sink.ts'

export const i32 = 0x7f
export const i64 = 0x7e
const f32 = 0x7d
const f64 = 0x7c

/** Writes the code of one function. */
export class Assembler {
  readonly #out = new ByteSink()

  i32(value: number): this {
    this.#out.u8(0x41).s64(BigInt(value))
    return this
  }

  i64(value: bigint): this {
    this.#out.u8(0x42).s64(value)
    return this
  }

  get(local: number): this {
    this.#out.u8(0x20).u32(local)
    return this
  }

  set(local: number): this {
    this.#out.u8(0x21).u32(local)
    return this
  }

  getGlobal(index: number): this {
    this.#out.u8(0x23).u32(index)
    return this
  }

  setGlobal(index: number): this {
    this.#out.u8(0x24).u32(index)
    return this
  }

  call(index: number): this {
    this.#out.u8(0x10).u32(index)
    return this
  }

  /** Loads or stores at the address on the stack plus an offset. */
  memory(op: number, offset: number): this {
    this.#out.u8(op).u32(0).u32(offset)
    return this
  }

  branch(op: number, label: number): this {
    this.#out.u8(op).u32(label)
    return this
  }

  /** Instructions without operands, as they are. */
  raw(...bytes: readonly number[]): this {
    this.#out.bytes(bytes)
    return this
  }

  /** One arm for each number below `count`; the number is put on the stack by `index`. Ends with `otherwise`. */
  choose(count: number, index: () => void, arm: (n: number) => void): this {
    // One block around all arms is their way out; the innermost block is arm 0.
    for (let n = 0; n <= count; n += 1) this.raw(0x02, 0x40)
    index()
    this.#out.u8(0x0e).u32(count)
    for (let n = 0; n <= count; n += 1) this.#out.u32(n)
    this.raw(0x0b)
    for (let n = 0; n < count; n += 1) {
      arm(n)
      if (n < count - 1) this.branch(0x0c, count - 1 - n)
      this.raw(0x0b)
    }
    return this
  }

  /** The body with its locals, in groups of one type. */
  finish(locals: readonly (readonly [count: number, type: number])[] = []): Uint8Array {
    const body = new ByteSink().u32(locals.length)
    for (const [count, type] of locals) body.u32(count).u8(type)
    return body.bytes(this.#out.finish()).u8(0x0b).finish()
  }
}

/** The value on the stack, as 64 bits. */
export function toBits(code: Assembler, type: number): void {
  if (type === i32) code.raw(0xad)
  else if (type === f32) code.raw(0xbc, 0xad)
  else if (type === f64) code.raw(0xbd)
}

/** The 64 bits on the stack, as a value of the type. */
export function fromBits(code: Assembler, type: number): void {
  if (type === i32) code.raw(0xa7)
  else if (type === f32) code.raw(0xa7, 0xbe)
  else if (type === f64) code.raw(0xbf)
}

export function isScalar(type: number): boolean {
  return type >= f64 && type <= i32
}
