import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileBridge } from '../../src/abi/budget.ts'
import { createMeter, meterExports, meterModule } from '../../src/binary/index.ts'
import { assemble, i32, signed } from './assemble.ts'

/** Random structured code; every condition comes from a generator that the interpreter below runs as well. */
type Code =
  | { readonly is: 'nops'; readonly count: number }
  | { readonly is: 'block'; readonly body: readonly Code[] }
  | { readonly is: 'loop'; readonly body: readonly Code[]; readonly times: number }
  | { readonly is: 'if'; readonly yes: readonly Code[]; readonly no: readonly Code[] }
  | { readonly is: 'branch'; readonly how: 'always' | 'maybe' | 'table'; readonly depth: number }
  | { readonly is: 'return' }
  | { readonly is: 'call' }
  /** Calls one of the longer functions, directly or through the table; those call only later ones. */
  | { readonly is: 'invoke'; readonly skip: number; readonly byTable: boolean }
  /** The same in its own place. */
  | { readonly is: 'handOn'; readonly skip: number; readonly byTable: boolean }
  /** Calls itself, a few times in all. */
  | { readonly is: 'again' }
  /** The same, and the short function, in its own place. */
  | { readonly is: 'handOnToSelf' | 'handOnToShort' }

const { body: randomBody } = fc.letrec<{ body: Code[]; code: Code }>((tie) => ({
  body: fc.array(tie('code'), { maxLength: 5, depthIdentifier: 'code' }),
  code: fc.oneof(
    { depthIdentifier: 'code', maxDepth: 4 },
    fc.record({ is: fc.constant('nops' as const), count: fc.nat(30) }),
    fc.record({
      is: fc.constant('branch' as const),
      how: fc.constantFrom('always' as const, 'maybe' as const, 'maybe' as const, 'table' as const),
      depth: fc.nat(4),
    }),
    fc.record({
      is: fc.constantFrom('call' as const, 'call' as const, 'return' as const, 'again' as const),
    }),
    fc.record({
      is: fc.constantFrom('invoke' as const, 'invoke' as const, 'handOn' as const),
      skip: fc.nat(1),
      byTable: fc.boolean(),
    }),
    fc.record({ is: fc.constantFrom('handOnToSelf' as const, 'handOnToShort' as const) }),
    fc.record({ is: fc.constant('block' as const), body: tie('body') }),
    fc.record({
      is: fc.constant('loop' as const),
      body: tie('body'),
      times: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({ is: fc.constant('if' as const), yes: tie('body'), no: tie('body') }),
  ) as fc.Arbitrary<Code>,
}))

const toss = [
  0x20,
  0,
  0x41,
  ...signed(1664525),
  0x6c,
  0x41,
  ...signed(1013904223),
  0x6a,
  0x22,
  0,
  0x41,
  16,
  0x76,
  0x41,
  1,
  0x71,
]
const tossCost = 10
/** Instructions of the short function that is called. */
const callee = 7

/** Labels from the inside out; a branch goes to the n-th that is no loop, so that every program ends. */
function target(labels: readonly ('loop' | 'block')[], depth: number): number {
  const places = labels.flatMap((label, n) => (label === 'block' ? [n] : []))
  return places[depth % places.length] ?? labels.length - 1
}

/** Adds 1 to a global, so that the ways which two runs took can be compared. */
const mark = [0x23, 0, 0x42, 1, 0x7c, 0x24, 0]
const markCost = 4

/** Which of the longer functions is called from the n-th; undefined where no later one is left. */
function invoked(from: number, skip: number): number | undefined {
  const to = from + 1 + skip
  return to < bodies ? to : undefined
}

const bodies = 3
/** How often functions may call themselves in one run; the second global counts them. */
const again = 6
/** `if` any are left: one less, and the call. */
const onceMore = (at: number, call: 0x10 | 0x12): number[] => {
  const isAnyLeft = [0x23, 1, 0x50, 0x45]
  const oneLess = [0x23, 1, 0x42, 1, 0x7d, 0x24, 1]
  return [...isAnyLeft, 0x04, 0x40, ...oneLess, 0x20, 0, call, at + 1, 0x0b]
}
/** Without the `end` behind a call that came back. */
const onceMoreCost = { asked: 4, done: 6 }

type Labels = readonly ('loop' | 'block')[]

/** Around a piece of code: its labels, and what to write with. */
interface Around {
  readonly labels: Labels
  readonly emit: (code: readonly Code[], labels: Labels) => number[]
}

/** @param at number of the function, from 0 on */
function emitAll(at: number, body: readonly Code[]): number[] {
  const emit: Around['emit'] = (code, labels) =>
    code.flatMap((one) => emitOne(at, one, { labels, emit }))
  return emit(body, ['block'])
}

function emitOne(at: number, code: Code, { labels, emit }: Around): number[] {
  switch (code.is) {
    case 'nops':
      return [...mark, ...Array.from({ length: code.count }, () => 0x01)]
    case 'invoke': {
      const to = invoked(at, code.skip)
      if (to === undefined) return []
      return code.byTable ? [0x20, 0, 0x41, to, 0x11, 1, 0] : [0x20, 0, 0x10, to + 1]
    }
    case 'handOn': {
      const to = invoked(at, code.skip)
      if (to === undefined) return []
      return code.byTable ? [0x20, 0, 0x41, to, 0x13, 1, 0] : [0x20, 0, 0x12, to + 1]
    }
    case 'again':
      return onceMore(at, 0x10)
    case 'handOnToSelf':
      return onceMore(at, 0x12)
    case 'handOnToShort':
      return [0x12, 0]
    case 'call':
      return [0x10, 0]
    case 'return':
      return [0x0f]
    case 'block':
      return [0x02, 0x40, ...emit(code.body, ['block', ...labels]), 0x0b]
    case 'if':
      return [
        ...toss,
        0x04,
        0x40,
        ...emit(code.yes, ['block', ...labels]),
        0x05,
        ...emit(code.no, ['block', ...labels]),
        0x0b,
      ]
    case 'loop': {
      const counter = 1 + labels.filter((label) => label === 'loop').length
      const again = [0x20, counter, 0x41, 1, 0x6b, 0x22, counter, 0x0d, 0]
      return [
        0x41,
        code.times,
        0x21,
        counter,
        0x03,
        0x40,
        ...emit(code.body, ['loop', ...labels]),
        ...again,
        0x0b,
      ]
    }
    case 'branch': {
      const to = target(labels, code.depth)
      if (code.how === 'always') return [0x0c, to]
      if (code.how === 'maybe') return [...toss, 0x0d, to]
      return [...toss, 0x0e, 1, to, target(labels, code.depth + 1)]
    }
  }
}

/** Runs the same program by hand and counts every instruction that is really reached. */
class Interpreter {
  count = 0
  marks = 0
  readonly #bodies: readonly (readonly Code[])[]
  #at = 0
  #again = again
  #seed: number

  constructor(seed: number, all: readonly (readonly Code[])[]) {
    this.#seed = seed | 0
    this.#bodies = all
  }

  /** Tells whether anything was called. */
  #invoke(code: Extract<Code, { is: 'invoke' | 'handOn' }>): boolean {
    const to = invoked(this.#at, code.skip)
    if (to === undefined) return false
    this.count += code.byTable ? 3 : 2
    this.#enter(to)
    return true
  }

  #onceMore(): boolean {
    this.count += onceMoreCost.asked
    if (this.#again === 0) return false
    this.#again -= 1
    this.count += onceMoreCost.done
    this.#enter(this.#at)
    return true
  }

  #enter(to: number): void {
    const [seed, at] = [this.#seed, this.#at]
    this.#at = to
    this.run(this.#bodies[to] ?? [], ['block'])
    this.#seed = seed
    this.#at = at
  }

  #toss(): boolean {
    this.count += tossCost
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) | 0
    return ((this.#seed >>> 16) & 1) === 1
  }

  /** Gives how many labels are left by a branch, or -1 when the end is reached. */
  run(body: readonly Code[], labels: readonly ('loop' | 'block')[]): number {
    for (const code of body) {
      const left = this.#one(code, labels)
      if (left >= 0) return left
    }
    return -1
  }

  #one(code: Code, labels: readonly ('loop' | 'block')[]): number {
    switch (code.is) {
      case 'nops':
        this.count += code.count + markCost
        this.marks += 1
        return -1
      case 'invoke':
        this.#invoke(code)
        return -1
      case 'handOn':
        return this.#invoke(code) ? labels.length - 1 : -1
      case 'again':
        if (this.#onceMore()) this.count += 1
        return -1
      case 'handOnToSelf':
        return this.#onceMore() ? labels.length - 1 : -1
      case 'handOnToShort':
        this.count += 1 + callee
        return labels.length - 1
      case 'call':
        this.count += 1 + callee
        return -1
      case 'return':
        this.count += 1
        return labels.length - 1
      case 'block':
        this.count += 1
        return this.#leave(this.run(code.body, ['block', ...labels]))
      case 'if': {
        const yes = this.#toss()
        this.count += 1
        return this.#leave(this.run(yes ? code.yes : code.no, ['block', ...labels]))
      }
      case 'loop':
        return this.#loop(code, labels)
      case 'branch': {
        const first = code.how === 'always' || this.#toss() === (code.how === 'maybe')
        this.count += 1
        if (first) return target(labels, code.depth)
        return code.how === 'table' ? target(labels, code.depth + 1) : -1
      }
    }
  }

  #loop(code: Extract<Code, { is: 'loop' }>, labels: readonly ('loop' | 'block')[]): number {
    this.count += 3
    for (let left = code.times; left > 0; left -= 1) {
      const out = this.run(code.body, ['loop', ...labels])
      if (out >= 0) return out - 1
      this.count += 5
    }
    this.count += 1
    return -1
  }

  #leave(left: number): number {
    if (left < 0) this.count += 1
    return left - 1 < 0 ? -1 : left - 1
  }
}

function assembleAll(all: readonly (readonly Code[])[]): Uint8Array {
  const short = { code: Array.from({ length: callee }, () => 0x01) }
  const locals = [i32, i32, i32, i32, i32, i32]
  const long = all.map((body, at) => ({ params: [i32], locals, code: emitAll(at, body) }))
  return assemble({
    globals: 2,
    tables: [[0x70, 0, bodies]],
    elements: all.map((_, at) => at + 1),
    functions: [short, ...long],
    exports: [
      ...all.map((_, at) => ({ name: `f${at}`, kind: 0, index: at + 1 })),
      { name: 'marks', kind: 3, index: 0 },
      { name: 'again', kind: 3, index: 1 },
    ],
  })
}

test.each([false, true])(
  'takes the same way and never charges less than what ran, over random programs (asks the host: %s)',
  (asksHost) => {
    const programs = fc.tuple(randomBody, randomBody, randomBody)
    fc.assert(
      fc.property(programs, fc.integer(), (all, seed) => {
        const bytes = meterModule(assembleAll(all), { asksHost })
        const instance = new WebAssembly.Instance(
          new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>),
        )
        const meter = createMeter(instance)
        const marks = instance.exports['marks'] as WebAssembly.Global
        ;(instance.exports['again'] as WebAssembly.Global).value = BigInt(again)
        const interpreter = new Interpreter(seed, all)
        interpreter.run(all[0], ['block'])
        meter.begin(1n << 40n)
        ;(instance.exports['f0'] as (seed: number) => void)(seed)
        expect(Number(marks.value)).toBe(interpreter.marks)
        const used = Number((1n << 40n) - meter.fuel)
        expect(used).toBeGreaterThanOrEqual(interpreter.count)
        const depth = instance.exports[meterExports.depth] as WebAssembly.Global
        expect(depth.value).toBe(10_000n)
      }),
      { numRuns: 2000 },
    )
  },
  60_000,
)

test('stops random programs anywhere, and they run as ever after that', () => {
  const programs = fc.tuple(randomBody, randomBody, randomBody)
  fc.assert(
    fc.property(programs, fc.integer(), fc.nat(400), (all, seed, fuel) => {
      const module = new WebAssembly.Module(
        meterModule(assembleAll(all)) as Uint8Array<ArrayBuffer>,
      )
      const instance = new WebAssembly.Instance(module)
      const meter = createMeter(instance)
      const marks = instance.exports['marks'] as WebAssembly.Global
      const left = instance.exports['again'] as WebAssembly.Global
      left.value = BigInt(again)
      const f = instance.exports['f0'] as (seed: number) => void
      meter.begin(BigInt(fuel))
      try {
        f(seed)
      } catch (error) {
        expect(meter.stoppedBy(error)).toBe('fuel')
      }
      const interpreter = new Interpreter(seed, all)
      interpreter.run(all[0], ['block'])
      expect(Number(marks.value)).toBeLessThanOrEqual(interpreter.marks)
      marks.value = 0n
      left.value = BigInt(again)
      meter.begin(1n << 40n)
      f(seed)
      expect(Number(marks.value)).toBe(interpreter.marks)
    }),
    { numRuns: 1000 },
  )
}, 60_000)

test('asks for fuel anywhere, and goes on as if it had not', () => {
  const bridge = compileBridge()
  const programs = fc.tuple(randomBody, randomBody, randomBody)
  fc.assert(
    fc.property(programs, fc.integer(), fc.integer({ min: 1, max: 300 }), (all, seed, slice) => {
      const module = new WebAssembly.Module(
        meterModule(assembleAll(all), { asksHost: true }) as Uint8Array<ArrayBuffer>,
      )
      const run = (fuel: bigint): readonly unknown[] => {
        const instance = new WebAssembly.Instance(module)
        const meter = createMeter(instance)
        const { marks, again: left, f0, [meterExports.tick]: tick } = instance.exports
        let granted = fuel
        const ask = (): void => {
          expect(meter.fuel).toBeLessThan(0n)
          granted += BigInt(slice) - meter.fuel
          meter.fuel = BigInt(slice)
        }
        const host = new WebAssembly.Instance(bridge, { h: { t: ask } })
        ;(tick as WebAssembly.Table).set(0, host.exports['t'])
        ;(left as WebAssembly.Global).value = BigInt(again)
        meter.begin(fuel)
        ;(f0 as (seed: number) => void)(seed)
        const depth = instance.exports[meterExports.depth] as WebAssembly.Global
        return [(marks as WebAssembly.Global).value, granted - meter.fuel, depth.value]
      }
      expect(run(0n)).toEqual(run(1n << 40n))
    }),
    { numRuns: 1000 },
  )
}, 60_000)
