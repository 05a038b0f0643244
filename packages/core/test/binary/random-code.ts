import { i32, i64, signed, type FunctionSource } from './assemble.ts'

/** Numbers that decide what code is written, one after the other; zeros when they end, which make it end, too. */
export class Choices {
  readonly #numbers: readonly number[]
  #at = 0

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  get areLeft(): boolean {
    return this.#at < this.#numbers.length
  }

  /** From 0 to below `count`. */
  next(count: number): number {
    const number = this.#numbers[this.#at++] ?? 0
    return number % count
  }

  of<T>(list: readonly T[]): T | undefined {
    return list[this.next(Math.max(1, list.length))]
  }
}

export interface RandomFunction {
  readonly params: readonly number[]
  /** None or one. */
  readonly results: readonly number[]
}

export interface RandomModule {
  readonly choices: Choices
  /** Its functions; each calls only those in front of it. */
  readonly functions: readonly RandomFunction[]
  readonly hasLoops: (index: number) => boolean
}

/** Locals behind the parameters: two of each type, then one counter for each loop in another. */
const locals = [i32, i32, i64, i64, i32, i32, i32]
const mostLoops = 3
const types = [i32, i64]

/** One function of random code that ends: valid, with dead code, values under calls, and branches out of and over everything. */
export function randomFunction(module: RandomModule, index: number): FunctionSource {
  const type = module.functions[index] ?? { params: [], results: [] }
  return { ...type, locals, code: new Writer(module, index, type).body() }
}

interface Label {
  /** What a branch to it takes along. */
  readonly takes: readonly number[]
}

class Writer {
  readonly #choices: Choices
  readonly #module: RandomModule
  readonly #index: number
  readonly #type: RandomFunction
  /** From the outside in. */
  readonly #labels: Label[]
  #loops = 0
  #depth = 0

  constructor(module: RandomModule, index: number, type: RandomFunction) {
    this.#choices = module.choices
    this.#module = module
    this.#index = index
    this.#type = type
    this.#labels = [{ takes: type.results }]
  }

  body(): number[] {
    const [result] = this.#type.results
    return [...this.#statements(), ...(result === undefined ? [] : this.#value(result))]
  }

  #statements(): number[] {
    const code: number[] = []
    for (let left = this.#choices.next(4); left > 0; left -= 1) code.push(...this.#statement())
    return code
  }

  #statement(): number[] {
    const type = this.#choices.of(types) ?? i32
    const kinds: readonly (() => number[])[] = [
      () => [...this.#value(type), 0x21, this.#local(type)],
      () => [...this.#value(i64), 0x24, 0],
      () => [...this.#address(), ...this.#value(type), type === i32 ? 0x36 : 0x37, 0, 0],
      () => this.#call(undefined),
      () => this.#in([], (code) => [0x02, 0x40, ...code(), 0x0b]),
      () => [
        ...this.#value(i32),
        ...this.#in([], (code) => [0x04, 0x40, ...code(), 0x05, ...code(), 0x0b]),
      ],
      () => this.#loop(),
      () => this.#branch(),
      // Behind this anything may stand on the stack, so what is called takes its arguments from nowhere.
      () => [
        ...this.#value(i32),
        ...this.#in([], () => [0x04, 0x40, ...this.#leave(), ...this.#deadCall(), 0x0b]),
      ],
    ]
    return this.#deeper(() => this.#choices.of(kinds)?.() ?? [], [])
  }

  #value(type: number): number[] {
    const plain = (): number[] =>
      this.#choices.next(2) === 0
        ? [0x20, this.#local(type)]
        : [type === i32 ? 0x41 : 0x42, ...signed(this.#choices.next(300) - 100)]
    const operators = type === i32 ? [0x6a, 0x6b, 0x6c, 0x73, 0x46, 0x4b] : [0x7c, 0x7d, 0x7e, 0x85]
    const kinds: readonly (() => number[])[] = [
      plain,
      () => [...this.#value(type), ...this.#value(type), this.#choices.of(operators) ?? 0x6a],
      () => [...this.#value(type), 0x22, this.#local(type)],
      () => this.#call(type),
      () => this.#call(type),
      () => [...this.#address(), type === i32 ? 0x28 : 0x29, 0, 0],
      () => (type === i64 ? [0x23, 0] : [0x23, 0, 0xa7]),
      () => this.#in([type], (code) => [0x02, type, ...code(), ...this.#value(type), 0x0b]),
      () => [...this.#value(type), ...this.#value(type), ...this.#value(i32), 0x1b],
      () => [
        ...this.#value(i32),
        ...this.#in([type], (code) => [
          0x04,
          type,
          ...code(),
          ...this.#value(type),
          0x05,
          ...code(),
          ...this.#value(type),
          0x0b,
        ]),
      ],
    ]
    return this.#deeper(() => this.#choices.of(kinds)?.() ?? [], plain())
  }

  /** Code in a new label. */
  #in(takes: readonly number[], write: (code: () => number[]) => number[]): number[] {
    this.#labels.push({ takes })
    const code = write(() => this.#statements())
    this.#labels.pop()
    return code
  }

  #loop(): number[] {
    if (this.#loops === mostLoops || !this.#module.hasLoops(this.#index)) return []
    const counter = this.#type.params.length + 4 + this.#loops
    this.#loops += 1
    // Branches to a loop would not end: nothing names its label.
    this.#labels.push({ takes: [-1] })
    const inside = this.#statements()
    this.#labels.pop()
    this.#loops -= 1
    const again = [0x20, counter, 0x41, 1, 0x6b, 0x22, counter, 0x0d, 0]
    const times = 1 + this.#choices.next(4)
    return [0x41, times, 0x21, counter, 0x03, 0x40, ...inside, ...again, 0x0b]
  }

  /** A branch that is taken or not, to any label. */
  #branch(): number[] {
    if (this.#choices.next(3) === 0) return this.#table()
    const to = this.#choices.next(this.#labels.length)
    const takes = this.#labels.at(-1 - to)?.takes ?? []
    if (takes.includes(-1)) return []
    const values = takes.flatMap((type) => this.#value(type))
    return [...values, ...this.#value(i32), 0x0d, to, ...takes.map(() => 0x1a)]
  }

  /** A branch to one of two labels that take the same, in a condition, so that what follows is not dead for ever. */
  #table(): number[] {
    const isTaken = this.#value(i32)
    const branch = this.#in([], () => {
      const to = this.#choices.next(this.#labels.length)
      const takes = this.#labels.at(-1 - to)?.takes ?? []
      if (takes.includes(-1)) return []
      const alike = this.#labels.flatMap((label, at) =>
        label.takes.join() === takes.join() ? [this.#labels.length - 1 - at] : [],
      )
      const values = takes.flatMap((type) => this.#value(type))
      return [...values, ...this.#value(i32), 0x0e, 1, to, this.#choices.of(alike) ?? to]
    })
    return [...isTaken, 0x04, 0x40, ...branch, 0x0b]
  }

  /** Ends the function here. */
  #leave(): number[] {
    if (this.#choices.next(8) === 0) return [0x00]
    return [...this.#type.results.flatMap((type) => this.#value(type)), 0x0f]
  }

  #callable(type: number | undefined): number[] {
    return [...this.#module.functions.slice(0, this.#index).entries()].flatMap(
      ([at, { results }]) => (type === undefined || results[0] === type ? [at] : []),
    )
  }

  /** A call that gives this; without one, what it gives is dropped. */
  #call(type: number | undefined): number[] {
    const to = this.#choices.of(this.#callable(type))
    if (to === undefined) return type === undefined ? [] : [type === i32 ? 0x41 : 0x42, 1]
    const { params = [], results = [] } = this.#module.functions[to] ?? {}
    const dropped = type === undefined ? results.map(() => 0x1a) : []
    return [...params.flatMap((one) => this.#value(one)), 0x10, to, ...dropped]
  }

  #deadCall(): number[] {
    const to = this.#choices.of(this.#callable(undefined))
    return to === undefined ? [] : [0x10, to, 0x00]
  }

  #address(): number[] {
    return [...this.#value(i32), 0x41, ...signed(0xfff), 0x71]
  }

  #local(type: number): number {
    const { params } = this.#type
    const all = [...params, ...locals.slice(0, 4)].flatMap((one, at) => (one === type ? [at] : []))
    return this.#choices.of(all) ?? 0
  }

  #deeper(write: () => number[], otherwise: number[]): number[] {
    if (!this.#choices.areLeft || this.#depth > 12) return otherwise
    this.#depth += 1
    const code = write()
    this.#depth -= 1
    return code
  }
}
