import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { skipLocals, type CallGraph, type FunctionClass } from './call-graph.ts'
import { planCode, type CodePlan } from './code-plan.ts'
import type { Cut } from './code-shape.ts'
import { Op } from './instructions.ts'
import type { FunctionType } from './types.ts'

/** Where the parts that the meter adds stand in the module's index spaces. */
export interface MeterParts {
  /** i64, mutable: fuel that is left; negative when it ran out. */
  readonly fuelGlobal: number
  /** i64, mutable: calls that may still nest; negative when they nested too deep. */
  readonly depthGlobal: number
  readonly chargeFunctions: Readonly<Record<'bytes' | 'elements' | 'pages', number>>
  /** Takes the fuel that is left and gives the new; traps or throws when there is none. */
  readonly refuelFunction: number
  readonly graph: CallGraph
  /** Type index of a block without parameters that gives these results. */
  blockType(results: readonly number[]): number
}

interface Code {
  readonly body: Uint8Array
  readonly plan: CodePlan
  readonly from: number
  readonly parts: MeterParts
  /** The first local of the meter: fuel. Behind it the depth. */
  readonly local: number
  /** Fuel stands in the local, and is written back for calls and at the end; else it stays in the global. */
  readonly isLocal: boolean
  readonly takesDepth: boolean
  /** The code stands in a block of its own, so that a `return` becomes a branch to its end. */
  readonly wraps: boolean
}

const i64 = 0x7e
const localGet = 0x20
const localSet = 0x21
const localTee = 0x22
const globalGet = 0x23
const globalSet = 0x24
const constant = 0x42
const less = 0x53
const add = 0x7c
const subtract = 0x7d
const either = 0x84
const nothing = 0x40

/** Rewrites one function body (locals and code, without its length). */
export function meterBody(
  body: Uint8Array,
  { type, known }: { type: FunctionType; known: FunctionClass },
  parts: MeterParts,
): Uint8Array {
  const cursor = new ByteCursor(body)
  const locals = skipLocals(cursor)
  const from = cursor.at
  const plan = planCode(cursor, parts.graph, known.checks)
  const takesDepth = known.checks && !known.isQuiet
  const isLocal = plan.holdsFuel
  const local = type.params.length + locals.count
  const wraps = takesDepth || isLocal
  const code = { body, plan, from, parts, local, isLocal, takesDepth, wraps }
  const out = new ByteSink(body.length + plan.cuts.length * 20 + 64)
  out.u32(locals.groups + 1).bytes(body.subarray(locals.at, from))
  out.u32(takesDepth ? 2 : 1).u8(i64)
  if (wraps) writeBlockType(out.u8(Op.block), type.results, parts)
  writeCode(out, code)
  if (wraps) out.u8(Op.end)
  save(out, code)
  if (takesDepth) giveDepthBack(out, code)
  return out.u8(Op.end).finish()
}

/** The body of a function that does nothing but call another one of its type. */
export function wayInBody(index: number, { params }: FunctionType): Uint8Array {
  const out = new ByteSink().u8(0)
  for (const n of params.keys()) out.u8(localGet).u32(n)
  return out.u8(Op.call).u32(index).u8(Op.end).finish()
}

/** The body of a function that takes a length, charges for it and gives it back. */
export function chargeBody(
  parts: Pick<MeterParts, 'fuelGlobal' | 'refuelFunction'>,
  unit: { shift: number },
): Uint8Array {
  const out = new ByteSink().u8(0)
  out.u8(globalGet).u32(parts.fuelGlobal)
  // The length is unsigned; it is scaled in 64 bits so that no length wraps round.
  out.bytes([localGet, 0, 0xad]).bytes([constant, Math.abs(unit.shift)])
  out
    .u8(unit.shift < 0 ? 0x88 : 0x86)
    .u8(subtract)
    .u8(globalSet)
    .u32(parts.fuelGlobal)
  out.u8(globalGet).u32(parts.fuelGlobal).bytes([constant, 0, less, Op.if, nothing])
  out.u8(globalGet).u32(parts.fuelGlobal).u8(Op.call).u32(parts.refuelFunction)
  return out.bytes([0x1a, Op.end, localGet, 0, Op.end]).finish()
}

/** The body of the function that refuels: shows how much is left, stops or asks the host, and gives what there is then. */
export function refuelBody(fuelGlobal: number, stop: readonly number[]): Uint8Array {
  const out = new ByteSink().bytes([0, localGet, 0]).u8(globalSet).u32(fuelGlobal).bytes(stop)
  return out.u8(globalGet).u32(fuelGlobal).u8(Op.end).finish()
}

function writeCode(out: ByteSink, code: Code): void {
  let at = code.from
  for (const cut of code.plan.cuts) {
    out.bytes(code.body.subarray(at, cut.at))
    at = writeCut(out, cut, code)
  }
  out.bytes(code.body.subarray(at, code.plan.end))
}

/** Writes what stands at a cut and tells where the original goes on. */
function writeCut(out: ByteSink, cut: Cut, code: Code): number {
  switch (cut.type) {
    case 'charge':
      charge(out, cut, code)
      return cut.at
    case 'loop':
      return splitLoop(out, cut, code)
    case 'endLoop':
      endLoop(out, code)
      return cut.at + 1
    case 'branch':
      out.u8(cut.op)
      if (cut.op === Op.brTable) out.u32(cut.depths.length - 1)
      for (const depth of cut.depths) out.u32(depth)
      return cut.until
    case 'return':
      if (!code.wraps) return cut.at
      out.u8(Op.br).u32(cut.labels)
      return cut.at + 1
    case 'call':
      if (cut.saves) save(out, code)
      out.bytes(code.body.subarray(cut.at, cut.until))
      load(out, code)
      return cut.until
    case 'length':
      if (cut.saves) save(out, code)
      out.u8(Op.call).u32(code.parts.chargeFunctions[cut.of])
      load(out, code)
      return cut.at
  }
}

/** `block loop block loop … end, br to the end of all, end, refuel, again, end, end`: fuel is asked for outside of the rounds. */
function splitLoop(out: ByteSink, cut: Extract<Cut, { type: 'loop' }>, code: Code): number {
  const type = code.body.subarray(cut.at + 1, cut.until)
  out.u8(Op.block).bytes(type).u8(Op.loop).bytes(type).bytes([Op.block, nothing])
  out.u8(Op.loop).bytes(type)
  return cut.until
}

function endLoop(out: ByteSink, code: Code): void {
  out.bytes([Op.end, Op.br, 2, Op.end])
  refuel(out, code)
  out.bytes([Op.br, 0, Op.end, Op.end])
}

/** Takes the cost of a stretch from the fuel. At the beginning of a function the depth is looked at, too. */
function charge(out: ByteSink, cut: Extract<Cut, { type: 'charge' }>, code: Code): void {
  const { local, parts, isLocal } = code
  const begins = cut.at === code.from
  if (cut.checks === 'before paying') {
    getFuel(out, code)
    out.bytes([constant, 0, less, Op.brIf, 1])
  }
  if (begins) out.u8(globalGet).u32(parts.fuelGlobal)
  else getFuel(out, code)
  out.u8(constant).s64(BigInt(cut.cost)).u8(subtract)
  if (cut.checks !== 'after paying') {
    setFuel(out, code)
    return
  }
  out.u8(localTee).u32(local)
  if (!isLocal) out.u8(globalSet).u32(parts.fuelGlobal).u8(localGet).u32(local)
  if (begins && code.takesDepth) takeDepth(out, code)
  out.bytes([constant, 0, less, Op.if, nothing])
  refuel(out, code)
  out.u8(Op.end)
}

/** Fuel is on top of the stack. One look for both: the sign of either is the sign of their "or". */
function takeDepth(out: ByteSink, { local, parts }: Code): void {
  const depth = local + 1
  out.u8(globalGet).u32(parts.depthGlobal).bytes([constant, 1, subtract])
  out.u8(localTee).u32(depth).u8(globalSet).u32(parts.depthGlobal)
  out.u8(localGet).u32(depth).u8(either)
}

function giveDepthBack(out: ByteSink, { local, parts }: Code): void {
  out.u8(localGet).u32(local + 1)
  out.bytes([constant, 1, add]).u8(globalSet).u32(parts.depthGlobal)
}

function refuel(out: ByteSink, code: Code): void {
  getFuel(out, code)
  out.u8(Op.call).u32(code.parts.refuelFunction)
  setFuel(out, code)
}

function getFuel(out: ByteSink, { isLocal, local, parts }: Code): void {
  if (isLocal) out.u8(localGet).u32(local)
  else out.u8(globalGet).u32(parts.fuelGlobal)
}

function setFuel(out: ByteSink, { isLocal, local, parts }: Code): void {
  if (isLocal) out.u8(localSet).u32(local)
  else out.u8(globalSet).u32(parts.fuelGlobal)
}

function save(out: ByteSink, { isLocal, local, parts }: Code): void {
  if (isLocal) out.u8(localGet).u32(local).u8(globalSet).u32(parts.fuelGlobal)
}

function load(out: ByteSink, { isLocal, local, parts }: Code): void {
  if (isLocal) out.u8(globalGet).u32(parts.fuelGlobal).u8(localSet).u32(local)
}

function writeBlockType(out: ByteSink, results: readonly number[], parts: MeterParts): void {
  if (results.length === 0) out.u8(nothing)
  else if (results.length === 1) out.bytes(results)
  else out.s64(BigInt(parts.blockType(results)))
}
