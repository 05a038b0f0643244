import type { ByteCursor } from './byte-cursor.ts'
import { indirectCost, longestUnchecked, type CallGraph, type FunctionClass } from './call-graph.ts'
import {
  isDirectCall,
  isTableCall,
  isTailCall,
  lengthOfBulk,
  Op,
  skipImmediates,
} from './instructions.ts'
import {
  newLabel,
  newStretch,
  toCuts,
  type Cut,
  type Label,
  type Place,
  type Stretch,
} from './code-shape.ts'
import { readBlockType } from './types.ts'

export interface CodePlan {
  readonly cuts: readonly Cut[]
  /** Where the instructions end, before the closing `end`. */
  readonly end: number
  /**
   * Fuel is better held in a local: there are loops that ask outside, and more charges than calls, for each of which it must be
   * written back.
   */
  readonly holdsFuel: boolean
  /** What is charged where the code begins; callers may pay it. */
  readonly firstCost: number
}

interface Scan {
  readonly cursor: ByteCursor
  readonly graph: CallGraph
  readonly stretches: Stretch[]
  readonly places: Place[]
  label: Label
  current: Stretch
  /** What follows is never reached. */
  isDead: boolean
  /** Instructions so far. */
  count: number
}

/**
 * Divides one function's instructions into stretches and says what each costs. A call may be charged more than it ran, for
 * short branches not taken, but never less. The cursor stands at the first instruction.
 *
 * @param known where the function looks at the fuel
 */
export function planCode(
  cursor: ByteCursor,
  graph: CallGraph,
  known: Pick<FunctionClass, 'checks' | 'depthAt' | 'paysLate' | 'callCost'>,
): CodePlan {
  const first: Stretch = newStretch(cursor.at, { checks: known.checks, before: 0 })
  const outer = newLabel(Op.block, { parent: undefined, opener: first, count: 0 })
  const scan: Scan = {
    cursor,
    graph,
    stretches: [first],
    places: [],
    label: outer,
    current: first,
    isDead: false,
    count: 0,
  }
  for (;;) {
    const at = cursor.at
    const op = cursor.u8()
    if (op === Op.end && scan.label.parent === undefined) {
      const cuts = toCuts(scan.stretches, scan.places)
      const firstCost = takeCallCost(cuts, first, known.callCost)
      return { cuts, end: at, holdsFuel: isBetterHeld(cuts), firstCost }
    }
    if (at === known.depthAt) {
      scan.places.push({ type: 'depth', at })
      if (known.paysLate) beginLate(scan, at)
    }
    scan.count += 1
    pay(scan, 1)
    readInstruction(scan, op, at)
  }
}

/** What callers pay is not charged again. */
function takeCallCost(cuts: Cut[], first: Stretch, callCost: number): number {
  const [cut] = cuts
  if (cut?.type !== 'charge' || cut.at !== first.at) return 0
  const cost = Math.max(0, cut.cost - callCost)
  if (cost > 0 || cut.checks !== 'no') cuts[0] = { ...cut, cost }
  else cuts.shift()
  return cut.cost
}

function isBetterHeld(cuts: readonly Cut[]): boolean {
  const count = (...types: Cut['type'][]): number =>
    cuts.filter(({ type }) => types.includes(type)).length
  return count('loop') > 0 && count('charge') > count('call', 'length') + 1
}

function readInstruction(scan: Scan, op: number, at: number): void {
  const { cursor } = scan
  if (op >= Op.br && op <= Op.brTable) return readBranch(scan, op, at)
  if (isDirectCall(op)) return readCall(scan, op, at)
  if (op >= Op.block && op <= Op.if) return readBlock(scan, op, at)
  const sub = skipImmediates(cursor, op)
  if (isTableCall(op)) return readTableCall(scan, op, at)
  switch (op) {
    case Op.else:
      return readElse(scan)
    case Op.end:
      return readEnd(scan, at)
    case Op.return:
      scan.places.push({ type: 'return', at, from: scan.label })
      scan.isDead = true
      return
    case Op.unreachable:
      scan.isDead = true
      return
    case Op.memoryGrow:
      return addLength(scan, at, 'pages')
    default: {
      const of = op === Op.bulk ? lengthOfBulk.get(sub) : undefined
      if (of !== undefined) addLength(scan, at, of)
    }
  }
}

function readBlock(scan: Scan, op: number, at: number): void {
  const { cursor, current, count } = scan
  const hasParams = readBlockType(cursor)
  const label = newLabel(op, { parent: scan.label, opener: current, count })
  label.atOpening = unpaid(current)
  label.hasParams = hasParams
  scan.label = label
  if (op === Op.if) begin(scan, { from: [current], before: label.atOpening })
  if (op !== Op.loop) return
  scan.places.push({ type: 'loop', at, until: cursor.at, label })
  begin(scan, { from: [current], before: 0 })
  scan.current.loop = label
}

function readElse(scan: Scan): void {
  const { label } = scan
  arrive(scan, label)
  label.seesCheck = false
  begin(scan, { from: [label.opener], before: label.atOpening })
}

/** What follows a block is a new stretch when it runs less often than the end of the block, or is reached in more ways. */
function readEnd(scan: Scan, at: number): void {
  const { label } = scan
  if (label.op === Op.loop) {
    label.isSplit = isWorthSplitting(label, scan.count)
    scan.places.push({ type: 'endLoop', at, label })
  }
  scan.label = label.parent ?? label
  if (label.op === Op.block && label.arrivals.length === 0) {
    if (label.seesCheck) scan.label.seesCheck = true
    return
  }
  arrive(scan, label)
  const isIf = label.op === Op.if
  if (isIf) label.arrivals.push(label.opener)
  begin(scan, { from: label.arrivals, before: Math.max(label.unpaid, isIf ? label.atOpening : 0) })
}

function readBranch(scan: Scan, op: number, at: number): void {
  const { cursor } = scan
  const depths: number[] = []
  const count = op === Op.brTable ? cursor.u32() + 1 : 1
  for (let left = count; left > 0; left -= 1) {
    const depth = cursor.u32()
    depths.push(depth)
    reach(scan, depth)
  }
  scan.places.push({ type: 'branch', at, until: cursor.at, op, depths, from: scan.label })
  if (op !== Op.brIf) scan.isDead = true
}

function reach(scan: Scan, depth: number): void {
  let label = scan.label
  let seesCheck = label.seesCheck
  for (let left = depth; left > 0; left -= 1) {
    label = label.parent ?? label
    seesCheck ||= label.seesCheck
  }
  if (label.op === Op.loop) {
    if (!seesCheck) label.needsCheck = true
    return
  }
  arrive(scan, label)
}

function readTableCall(scan: Scan, op: number, at: number): void {
  pay(scan, indirectCost)
  addCall(scan, at, { op, checks: false, isQuiet: false, index: undefined })
}

function readCall(scan: Scan, op: number, at: number): void {
  const index = scan.cursor.u32()
  const target = scan.graph.classOf(index)
  pay(scan, target.callCost)
  // What stays as it is has no depth to give back either, but a tail call is the end of whoever makes it.
  if (target.isClosed && !isTailCall(op)) return
  if (unpaid(scan.current) + target.unchecked > longestUnchecked) lookBefore(scan, at)
  scan.current.extra += target.unchecked
  addCall(scan, at, { ...target, op, index })
}

/** What stands before an instruction is over: fuel is looked at there. */
function lookBefore(scan: Scan, at: number): void {
  if (scan.current.at !== at) begin(scan, { from: [scan.current], before: 0 }, at)
  scan.current.checks = true
}

function addCall(
  scan: Scan,
  at: number,
  target: { op: number; checks: boolean; isQuiet: boolean; index: number | undefined },
): void {
  const { current, cursor } = scan
  const { op, index, isQuiet } = target
  const isTail = isTailCall(op)
  const saves = !current.isSaved
  scan.places.push({ type: 'call', at, until: cursor.at, saves, index, isQuiet, isTail })
  if (isTail) {
    scan.isDead = true
    return
  }
  current.isSaved = true
  for (let label: Label | undefined = scan.label; label?.hasCalls === false; label = label.parent)
    label.hasCalls = true
  if (target.checks) scan.label.seesCheck = true
}

function addLength(scan: Scan, at: number, of: 'bytes' | 'elements' | 'pages'): void {
  scan.places.push({ type: 'length', at, of, saves: !scan.current.isSaved })
  scan.current.isSaved = true
}

function pay(scan: Scan, cost: number): void {
  const { current } = scan
  current.cost += cost
  if (!current.checks && unpaid(current) > longestUnchecked) current.checks = true
}

/** Instructions that may have run since the last look at the fuel, and were not paid before it, at the current place. */
function unpaid({ before, cost, extra, checks }: Stretch): number {
  return extra + (checks ? 0 : before + cost)
}

function arrive({ current, isDead }: Scan, label: Label): void {
  label.unpaid = Math.max(label.unpaid, unpaid(current))
  if (!isDead && label.arrivals.at(-1) !== current) label.arrivals.push(current)
}

/**
 * A loop that asks for fuel in its middle keeps everything it holds out of registers, as that is a call. So where the loop
 * has no calls, or is long, the question stands outside of it.
 */
function isWorthSplitting(label: Label, count: number): boolean {
  if (!label.needsCheck || label.hasParams) return false
  return !label.hasCalls || count - label.count >= 64
}

function begin(
  scan: Scan,
  { from, before }: { from: readonly Stretch[]; before: number },
  at: number = scan.cursor.at,
): void {
  scan.current = newStretch(at, { checks: false, before })
  for (const one of from) one.next.push(scan.current)
  scan.stretches.push(scan.current)
  scan.isDead = from.length === 0
}

/** What follows is not paid by what is before it. */
function beginLate(scan: Scan, at: number): void {
  begin(scan, { from: [scan.current], before: unpaid(scan.current) }, at)
  scan.current.isLate = true
}
