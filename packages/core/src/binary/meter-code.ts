import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import type { CallGraph, FunctionClass } from './call-graph.ts'
import { planCode, type CodePlan } from './code-plan.ts'
import type { Cut } from './code-shape.ts'
import { Op } from './instructions.ts'
import { insertParameter, skipLocals } from './locals.ts'
import type { FunctionType } from './types.ts'

/** Where the parts that the meter adds stand in the module's index spaces. */
export interface MeterParts {
  /** i64, mutable: fuel that is left; negative when it ran out. */
  readonly fuelGlobal: number
  /** i64, mutable: calls that may still nest; negative when they nested too deep. */
  readonly depthGlobal: number
  readonly chargeFunctions: Readonly<Record<'bytes' | 'elements' | 'pages', number>>
  /** What is called when fuel or depth ran out; they trap, throw or ask the host. */
  readonly askFunctions: Readonly<Record<'fuel' | 'depth' | 'local', number>>
  readonly graph: CallGraph
  /** Functions that get the depth as their last parameter, and where they stand with it. */
  readonly inner: ReadonlyMap<number, number>
  /** Type index of a block without parameters that gives these results. */
  blockType(results: readonly number[]): number
}

interface Code {
  readonly body: Uint8Array
  readonly plan: CodePlan
  readonly from: number
  readonly parts: MeterParts
  /** The function's own number. */
  readonly index: number
  /** The locals of the meter: fuel, and calls that may still nest. */
  readonly local: number
  readonly depthLocal: number
  /** Fuel stands in the local, and is written back for calls and at the end; else it stays in the global. */
  readonly isLocal: boolean
  readonly depth: FunctionClass['depth']
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

/** A function that is to be rewritten. */
export interface Rewritten {
  readonly index: number
  readonly type: FunctionType
  readonly known: FunctionClass
}

/** Rewrites one function body (locals and code, without its length). */
export function meterBody(
  original: Uint8Array,
  { index, type, known }: Rewritten,
  parts: MeterParts,
): Uint8Array {
  const { depth } = known
  const isInner = depth === 'parameter'
  const body = isInner ? insertParameter(original, type.params.length) : original
  const cursor = new ByteCursor(body)
  const locals = skipLocals(cursor)
  const from = cursor.at
  const plan = planCode(cursor, parts.graph, known)
  const isLocal = plan.holdsFuel
  const local = type.params.length + Number(isInner) + locals.count
  const depthLocal = isInner ? type.params.length : local + 1
  const wraps = depth === 'whole' || isLocal
  const code = { body, plan, from, parts, index, local, depthLocal, isLocal, depth, wraps }
  const out = new ByteSink(body.length + plan.cuts.length * 20 + 64)
  out.u32(locals.groups + 1).bytes(body.subarray(locals.at, from))
  out.u32(depth === 'whole' || depth === 'calls' ? 2 : 1).u8(i64)
  if (wraps) writeBlockType(out.u8(Op.block), type.results, parts)
  load(out, code)
  writeCode(out, code)
  if (wraps) out.u8(Op.end)
  save(out, code)
  if (depth === 'whole') setDepth(out, code, 1)
  return out.u8(Op.end).finish()
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
    case 'depth':
      lookAtDepth(out, code)
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
      if (cut.isTail) tailCall(out, cut, code)
      else {
        call(out, cut, code)
        load(out, code)
      }
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
  ask(out, code)
  out.bytes([Op.br, 0, Op.end, Op.end])
}

function call(out: ByteSink, cut: Extract<Cut, { type: 'call' }>, code: Code): void {
  const { index, depth, depthLocal, parts } = code
  const inner = cut.index === index ? parts.inner.get(index) : undefined
  if (inner !== undefined) {
    out.u8(localGet).u32(depthLocal).bytes([constant, 1, subtract]).u8(Op.call).u32(inner)
    return
  }
  const counts = depth === 'calls' && !cut.isQuiet
  if (counts) setDepth(out, code, 0)
  out.bytes(code.body.subarray(cut.at, cut.until))
  if (counts) setDepth(out, code, 1)
}

/** The depth goes back first, as the function is gone from the stack when the other one counts it. */
function tailCall(out: ByteSink, cut: Extract<Cut, { type: 'call' }>, code: Code): void {
  const { index, depth, depthLocal, parts } = code
  const inner = cut.index === index ? parts.inner.get(index) : undefined
  if (inner !== undefined) {
    out.u8(localGet).u32(depthLocal).u8(Op.returnCall).u32(inner)
    return
  }
  if (depth === 'whole') setDepth(out, code, 1)
  out.bytes(code.body.subarray(cut.at, cut.until))
}

/** Takes the cost of a stretch from the fuel, and looks at fuel and depth where the function is to. */
function charge(out: ByteSink, cut: Extract<Cut, { type: 'charge' }>, code: Code): void {
  const { local, parts, isLocal, depth } = code
  if (cut.checks === 'before paying') {
    getFuel(out, code)
    out.bytes([constant, 0, less, Op.brIf, 1])
  }
  getFuel(out, code)
  if (cut.cost > 0) out.u8(constant).s64(BigInt(cut.cost)).u8(subtract)
  if (cut.checks !== 'after paying') {
    setFuel(out, code)
    return
  }
  if (cut.cost > 0) {
    out.u8(localTee).u32(local)
    if (!isLocal) out.u8(globalSet).u32(parts.fuelGlobal).u8(localGet).u32(local)
  }
  const takesDepth = cut.at === code.from && (depth === 'whole' || depth === 'parameter')
  if (takesDepth) takeDepth(out, code)
  out.bytes([constant, 0, less, Op.if, nothing])
  if (takesDepth && depth === 'parameter') askWithDepth(out, code)
  else ask(out, code)
  out.u8(Op.end)
}

/** Fuel is on top of the stack. One look for both: the sign of either is the sign of their "or". */
function takeDepth(out: ByteSink, code: Code): void {
  const { depth, depthLocal, parts } = code
  if (depth === 'whole') {
    out.u8(globalGet).u32(parts.depthGlobal).bytes([constant, 1, subtract])
    out.u8(localSet).u32(depthLocal)
    setDepth(out, code, 0)
  }
  out.u8(localGet).u32(depthLocal).u8(either)
}

function lookAtDepth(out: ByteSink, code: Code): void {
  out.u8(globalGet).u32(code.parts.depthGlobal).bytes([constant, 1, subtract])
  out.u8(localTee).u32(code.depthLocal).bytes([constant, 0, less, Op.if, nothing])
  askWithDepth(out, code)
  out.u8(Op.end)
}

/** Calls that may still nest in what this function calls, or, with 1 more, in its caller. */
function setDepth(out: ByteSink, { depthLocal, parts }: Code, more: 0 | 1): void {
  out.u8(localGet).u32(depthLocal)
  if (more === 1) out.bytes([constant, 1, add])
  out.u8(globalSet).u32(parts.depthGlobal)
}

function ask(out: ByteSink, code: Code): void {
  const { askFunctions } = code.parts
  if (!code.isLocal) {
    out.u8(Op.call).u32(askFunctions.fuel)
    return
  }
  getFuel(out, code)
  out.u8(Op.call).u32(askFunctions.local)
  setFuel(out, code)
}

function askWithDepth(out: ByteSink, code: Code): void {
  save(out, code)
  out.u8(localGet).u32(code.depthLocal).u8(Op.call).u32(code.parts.askFunctions.depth)
  load(out, code)
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
