import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { planCode, type CodePlan, type Cut, type FreeCostOf } from './code-plan.ts'
import type { FunctionType } from './types.ts'

/** Where the parts that the meter adds stand in the module's index spaces. */
export interface MeterParts {
  /** i64, mutable: fuel that is left; negative when it ran out. */
  readonly fuelGlobal: number
  /** i64, mutable: calls that may still nest; negative when they nested too deep. */
  readonly depthGlobal: number
  readonly chargeFunctions: Readonly<Record<'bytes' | 'elements' | 'pages', number>>
  /** Code for when fuel or depth ran out: a trap, or a call of the host. */
  readonly stop: readonly number[]
  /** What calls of functions without own charges cost. */
  readonly freeCostOf: FreeCostOf
  /** Type index of a block without parameters that gives these results. */
  blockType(results: readonly number[]): number
}

const i64 = 0x7e

/** Rewrites one function body (locals and code, without its length). */
export function meterBody(body: Uint8Array, type: FunctionType, parts: MeterParts): Uint8Array {
  const cursor = new ByteCursor(body)
  const locals = readLocals(cursor)
  const codeAt = cursor.at
  const plan = planCode(cursor, parts.freeCostOf)
  const room = body.length + plan.cuts.length * 20 + 64
  const fuelLocal = type.params.length + locals.count
  const out = new ByteSink(room)
  out
    .u32(locals.groups + 1)
    .bytes(body.subarray(locals.at, codeAt))
    .u32(2)
    .u8(i64)
  const code = {
    body,
    plan,
    from: codeAt,
    fuelLocal,
    depthLocal: fuelLocal + 1,
    parts,
    wraps: plan.calls,
  }
  if (plan.calls) writeBlockType(out.u8(0x02), type.results, parts)
  writeCode(out, code)
  if (plan.calls) leave(out.u8(0x0b), code)
  return out.u8(0x0b).finish()
}

/** The body of a function that takes a length, charges for it and gives it back. */
export function chargeBody(
  parts: Pick<MeterParts, 'fuelGlobal' | 'stop'>,
  unit: { shift: number },
): Uint8Array {
  const out = new ByteSink().u8(0)
  out.u8(0x23).u32(parts.fuelGlobal)
  // The length is unsigned; it is scaled in 64 bits so that no length wraps round.
  out.bytes([0x20, 0, 0xad]).bytes([0x42, Math.abs(unit.shift), unit.shift < 0 ? 0x88 : 0x86])
  out.bytes([0x7d]).u8(0x24).u32(parts.fuelGlobal)
  out.u8(0x23).u32(parts.fuelGlobal).bytes(ifNegative(parts))
  return out.bytes([0x20, 0, 0x0b]).finish()
}

interface Code {
  readonly body: Uint8Array
  readonly plan: CodePlan
  readonly from: number
  readonly fuelLocal: number
  readonly depthLocal: number
  readonly parts: MeterParts
  /** The code stands in a block of its own, so a `return` becomes a branch to its end. */
  readonly wraps: boolean
}

function writeCode(out: ByteSink, code: Code): void {
  let at = code.from
  for (const cut of code.plan.cuts) {
    out.bytes(code.body.subarray(at, cut.at))
    at = cut.at + writeCut(out, cut, code)
  }
  out.bytes(code.body.subarray(at, code.plan.end))
}

/** Writes what stands at a cut and tells how many original bytes it replaces. */
function writeCut(out: ByteSink, cut: Cut, code: Code): number {
  if (cut.type === 'charge') {
    charge(out, cut, code)
    return 0
  }
  if (cut.type === 'length') {
    out.u8(0x10).u32(code.parts.chargeFunctions[cut.of])
    return 0
  }
  if (!code.wraps) return 0
  out.u8(0x0c).u32(cut.labels)
  return 1
}

/** Takes the cost of a block from the fuel. The first block of a function that calls also takes one level of depth. */
function charge(out: ByteSink, cut: Extract<Cut, { type: 'charge' }>, code: Code): void {
  const { fuelLocal, depthLocal, parts } = code
  const enters = code.wraps && cut.at === code.from
  if (enters) takeOne(out, depthLocal, parts.depthGlobal)
  out.u8(0x23).u32(parts.fuelGlobal).u8(0x42).s64(BigInt(cut.cost)).u8(0x7d)
  if (!cut.checks) return void out.u8(0x24).u32(parts.fuelGlobal)
  out.u8(0x22).u32(fuelLocal).u8(0x24).u32(parts.fuelGlobal)
  out.u8(0x20).u32(fuelLocal)
  // One look for both: the sign of either is the sign of their "or".
  if (enters) out.u8(0x20).u32(depthLocal).u8(0x84)
  out.bytes(ifNegative(parts))
}

function ifNegative({ stop }: Pick<MeterParts, 'stop'>): number[] {
  return [0x42, 0, 0x53, 0x04, 0x40, ...stop, 0x0b]
}

function takeOne(out: ByteSink, local: number, global: number): void {
  out.u8(0x23).u32(global).bytes([0x42, 1, 0x7d]).u8(0x22).u32(local).u8(0x24).u32(global)
}

function leave(out: ByteSink, { depthLocal, parts }: Code): void {
  out.u8(0x20).u32(depthLocal).bytes([0x42, 1, 0x7c]).u8(0x24).u32(parts.depthGlobal)
}

function writeBlockType(out: ByteSink, results: readonly number[], parts: MeterParts): void {
  if (results.length === 0) out.u8(0x40)
  else if (results.length === 1) out.bytes(results)
  else out.s64(BigInt(parts.blockType(results)))
}

function readLocals(cursor: ByteCursor): { groups: number; count: number; at: number } {
  const groups = cursor.u32()
  const at = cursor.at
  let count = 0
  for (let left = groups; left > 0; left -= 1) {
    count += cursor.u32()
    cursor.skipLeb()
  }
  return { groups, count, at }
}
