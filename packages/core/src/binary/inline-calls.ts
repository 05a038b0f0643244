import { AddedLocals, zero } from './added-locals.ts'
import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { readLocals, type Functions } from './functions.ts'
import { isTailCall, Op, skipImmediates } from './instructions.ts'

/** Longer functions are called: their work is more than the call. */
const longestCallee = 128
/** More parameters and locals than this together, too. */
const mostValues = 16
/** A function may double, a short one become so long, and none longer than that: engines take 7,654,321 bytes. */
const [shortFunction, longestFunction] = [4096, 7_000_000]
/** By how many bytes all functions together may grow, and which part of their length they may on top. */
const sharedGrowth = { bytes: 65_536, part: 32 }

const localGet = 0x20
const localSet = 0x21
const localTee = 0x22

/** A function that can stand where it is called. */
interface Callee {
  readonly params: readonly number[]
  readonly locals: readonly number[]
  readonly blockType: number
  readonly code: Uint8Array
}

export interface InlineRules {
  /** Whether calls of this function are to be replaced; it may still be called where it is not short. */
  readonly isWanted: (index: number) => boolean
  readonly where: 'everywhere' | 'in loops'
  /** Functions that have loops as well. Default false. */
  readonly withLoops?: boolean
}

/**
 * Puts short functions, by default those without loops, where they are called, so that no engine must find out that this pays. What they do is done as before, so
 * what a meter put in is charged and counted the same. Gives all bodies; calls beyond the allowed growth stay.
 */
export function inlineCalls(functions: Functions, rules: InlineRules): readonly Uint8Array[] {
  const callees = readCallees(functions, rules)
  if (callees.size === 0) return functions.bodies
  const length = functions.bodies.reduce((sum, body) => sum + body.length, 0)
  const growth = { left: sharedGrowth.bytes + Math.floor(length / sharedGrowth.part) }
  return functions.bodies.map((body, n) => {
    const params = functions.types[functions.imported + n]?.params.length ?? 0
    const locals = AddedLocals.of(body, params)
    if (locals === undefined) return body
    const most = Math.min(Math.max(shortFunction, body.length), longestFunction - body.length)
    const caller = new Caller({ callees, locals, room: Math.min(growth.left, most) })
    const code = caller.rewrite(body, rules.where)
    if (code === undefined) return body
    const longer = locals.bodyWith(code)
    growth.left -= longer.length - body.length
    return longer
  })
}

function readCallees(
  { types, imported, bodies }: Functions,
  { isWanted, withLoops = false }: InlineRules,
): ReadonlyMap<number, Callee> {
  const found = new Map<number, Callee>()
  for (const [n, body] of bodies.entries()) {
    const index = imported + n
    const type = types[index]
    if (type === undefined || body.length > longestCallee || !isWanted(index)) continue
    const cursor = new ByteCursor(body)
    const locals = readLocals(cursor, mostValues)
    const code = body.subarray(cursor.at)
    if (locals === undefined || locals.length + type.params.length > mostValues) continue
    if (type.results.length > 1 || ![...type.params, ...locals].every(zero)) continue
    if (isPlaceable(code, withLoops))
      found.set(index, { ...type, locals, code, blockType: type.results[0] ?? noResult })
  }
  return found
}

const noResult = 0x40

/** A call in the function's own place would leave the one that it stands in. */
function isPlaceable(code: Uint8Array, withLoops: boolean): boolean {
  const cursor = new ByteCursor(code)
  while (!cursor.isDone) {
    const op = cursor.u8()
    if ((op === Op.loop && !withLoops) || isTailCall(op)) return false
    skipImmediates(cursor, op)
  }
  return true
}

interface CallerParts {
  readonly callees: ReadonlyMap<number, Callee>
  readonly locals: AddedLocals
  /** By how many bytes its code may grow. */
  readonly room: number
}

class Caller {
  readonly #callees: CallerParts['callees']
  readonly #locals: AddedLocals
  readonly #out: ByteSink = new ByteSink(1024)
  #room: number

  constructor({ callees, locals, room }: CallerParts) {
    this.#callees = callees
    this.#locals = locals
    this.#room = room
  }

  /** Its code with other functions in it; nothing where it stays as it is. */
  rewrite(body: Uint8Array, where: InlineRules['where']): Uint8Array | undefined {
    const { codeAt } = this.#locals
    const cursor = new ByteCursor(body, { start: codeAt, end: body.length })
    let copied = codeAt
    /** Of each label around, whether it or one around it is a loop. */
    const labels: boolean[] = []
    while (!cursor.isDone) {
      const { at } = cursor
      const op = cursor.u8()
      const isInside = labels.at(-1) === true
      if (op === Op.call) {
        const callee = this.#calleeOf(cursor.u32(), where === 'everywhere' || isInside)
        if (callee === undefined) continue
        this.#out.bytes(body.subarray(copied, at))
        this.#write(callee)
        copied = cursor.at
        this.#room += copied - at
        continue
      }
      skipImmediates(cursor, op)
      if (op === Op.end) labels.pop()
      else if (opensLabel(op)) labels.push(isInside || op === Op.loop)
    }
    if (copied === codeAt) return undefined
    return this.#out.bytes(body.subarray(copied)).finish()
  }

  #calleeOf(index: number, isPlace: boolean): Callee | undefined {
    const callee = isPlace ? this.#callees.get(index) : undefined
    return callee === undefined || mostBytes(callee) > this.#room ? undefined : callee
  }

  /** Arguments go into locals. What it leaves by `return` or by its outermost label is a block. */
  #write({ params, locals, blockType, code }: Callee): void {
    const out = this.#out
    const before = out.length
    const slots = this.#slots([...params, ...locals])
    for (const slot of slots.slice(0, params.length).toReversed()) out.u8(localSet).u32(slot)
    for (const [n, type] of locals.entries()) {
      // Values of the last time may be in it.
      out.bytes(zero(type) ?? []).u8(localSet)
      out.u32(slots[params.length + n] ?? 0)
    }
    out.u8(Op.block).u8(blockType)
    writeCode(out, code, slots)
    this.#room -= out.length - before
  }

  #slots(types: readonly number[]): number[] {
    const counts = new Map<number, number>()
    return types.map((type) => {
      const n = counts.get(type) ?? 0
      counts.set(type, n + 1)
      return this.#locals.slot(type, n)
    })
  }
}

/** What it takes; numbers of locals have up to three bytes. */
function mostBytes({ params, locals, code }: Callee): number {
  return code.length * 2 + params.length * 4 + locals.length * 13 + 2
}

function opensLabel(op: number): boolean {
  return op === Op.block || op === Op.loop || op === Op.if
}

function writeCode(out: ByteSink, code: Uint8Array, slots: readonly number[]): void {
  const cursor = new ByteCursor(code)
  let labels = 0
  while (!cursor.isDone) {
    const { at } = cursor
    const op = cursor.u8()
    if (op >= localGet && op <= localTee) {
      out.u8(op).u32(slots[cursor.u32()] ?? 0)
      continue
    }
    if (op === Op.return) {
      out.u8(Op.br).u32(labels)
      continue
    }
    skipImmediates(cursor, op)
    out.bytes(code.subarray(at, cursor.at))
    if (opensLabel(op)) labels += 1
    else if (op === Op.end) labels -= 1
  }
}
