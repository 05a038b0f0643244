import type { ByteCursor } from './byte-cursor.ts'
import { indirectCost, longestUnchecked, type CallGraph } from './call-graph.ts'
import { lengthOfBulk, Op, skipImmediates } from './instructions.ts'
import { toCuts, type Cut, type Label, type Place, type Stretch } from './code-shape.ts'
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
}

interface Scan {
  readonly cursor: ByteCursor
  readonly graph: CallGraph
  readonly stretches: Stretch[]
  readonly places: Place[]
  label: Label
  current: Stretch
  /** Instructions so far. */
  count: number
}

/**
 * Divides one function's instructions into stretches and says what each costs. A call may be charged more than it ran, for
 * short branches not taken, but never less. The cursor stands at the first instruction.
 *
 * @param checks whether the function looks at the fuel where it begins
 */
export function planCode(cursor: ByteCursor, graph: CallGraph, checks: boolean): CodePlan {
  const first: Stretch = newStretch(cursor.at, { checks, payer: undefined, before: 0 })
  const outer = newLabel(Op.block, { parent: undefined, opener: first, count: 0 })
  const scan: Scan = {
    cursor,
    graph,
    stretches: [first],
    places: [],
    label: outer,
    current: first,
    count: 0,
  }
  for (;;) {
    const at = cursor.at
    const op = cursor.u8()
    if (op === Op.end && scan.label.parent === undefined) {
      const cuts = toCuts(scan.stretches, scan.places)
      return { cuts, end: at, holdsFuel: isBetterHeld(cuts) }
    }
    scan.count += 1
    pay(scan, 1)
    readInstruction(scan, op, at)
  }
}

function isBetterHeld(cuts: readonly Cut[]): boolean {
  const count = (...types: Cut['type'][]): number =>
    cuts.filter(({ type }) => types.includes(type)).length
  return count('loop') > 0 && count('charge') > count('call', 'length') + 1
}

function readInstruction(scan: Scan, op: number, at: number): void {
  const { cursor } = scan
  if (op >= Op.br && op <= Op.brTable) return readBranch(scan, op, at)
  if (op === Op.call) return readCall(scan, at)
  if (op >= Op.block && op <= Op.if) return readBlock(scan, op, at)
  const sub = skipImmediates(cursor, op)
  switch (op) {
    case Op.else:
      return readElse(scan)
    case Op.end:
      return readEnd(scan, at)
    case Op.return:
      scan.places.push({ type: 'return', at, from: scan.label })
      return
    case Op.callIndirect:
      pay(scan, indirectCost)
      return addCall(scan, at, { checks: false })
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
  if (op === Op.if) begin(scan, { checks: false, payer: current, before: label.atOpening })
  if (op !== Op.loop) return
  scan.places.push({ type: 'loop', at, until: cursor.at, label })
  begin(scan, { checks: false, payer: undefined, before: 0 })
  scan.current.loop = label
}

function readElse(scan: Scan): void {
  const { label } = scan
  arrive(label, scan.current)
  label.seesCheck = false
  begin(scan, { checks: false, payer: label.opener, before: label.atOpening })
}

/** What follows a block is a new stretch when it runs less often than the end of the block, or is reached in more ways. */
function readEnd(scan: Scan, at: number): void {
  const { label } = scan
  if (label.op === Op.loop) {
    label.isSplit = isWorthSplitting(label, scan.count)
    scan.places.push({ type: 'endLoop', at, label })
  }
  scan.label = label.parent ?? label
  if (label.op === Op.block && label.reached === 'never') {
    if (label.seesCheck) scan.label.seesCheck = true
    return
  }
  arrive(label, scan.current)
  const before = Math.max(label.unpaid, label.op === Op.if ? label.atOpening : 0)
  const payer = label.reached === 'by table' ? undefined : label.opener
  begin(scan, { checks: false, payer, before })
}

function readBranch(scan: Scan, op: number, at: number): void {
  const { cursor } = scan
  const depths: number[] = []
  const count = op === Op.brTable ? cursor.u32() + 1 : 1
  for (let left = count; left > 0; left -= 1) {
    const depth = cursor.u32()
    depths.push(depth)
    reach(scan, depth, op === Op.brTable)
  }
  scan.places.push({ type: 'branch', at, until: cursor.at, op, depths, from: scan.label })
}

function reach(scan: Scan, depth: number, byTable: boolean): void {
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
  arrive(label, scan.current)
  if (byTable) label.reached = 'by table'
  else if (label.reached === 'never') label.reached = 'by branch'
}

function readCall(scan: Scan, at: number): void {
  const target = scan.graph.classOf(scan.cursor.u32())
  pay(scan, target.freeCost ?? 0)
  if (target.isClosed) return
  if (unpaid(scan.current) + target.unchecked > longestUnchecked) lookBefore(scan, at)
  scan.current.extra += target.unchecked
  addCall(scan, at, target)
}

/** What stands before an instruction is over: fuel is looked at there. */
function lookBefore(scan: Scan, at: number): void {
  if (scan.current.at === at) scan.current.checks = true
  else begin(scan, { checks: true, payer: undefined, before: 0 }, at)
}

function addCall(scan: Scan, at: number, target: { checks: boolean }): void {
  const { current, cursor } = scan
  for (let label: Label | undefined = scan.label; label?.hasCalls === false; label = label.parent)
    label.hasCalls = true
  scan.places.push({ type: 'call', at, until: cursor.at, saves: !current.isSaved })
  current.isSaved = true
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

function arrive(label: Label, from: Stretch): void {
  label.unpaid = Math.max(label.unpaid, unpaid(from))
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
  how: Pick<Stretch, 'checks' | 'payer' | 'before'>,
  at: number = scan.cursor.at,
): void {
  scan.current = newStretch(at, how)
  scan.stretches.push(scan.current)
}

function newStretch(at: number, how: Pick<Stretch, 'checks' | 'payer' | 'before'>): Stretch {
  return { at, ...how, cost: 0, extra: 0, isSaved: false, loop: undefined }
}

function newLabel(
  op: number,
  { parent, opener, count }: Pick<Label, 'parent' | 'opener' | 'count'>,
): Label {
  return {
    op,
    parent,
    opener,
    count,
    reached: 'never',
    atOpening: 0,
    unpaid: 0,
    hasParams: false,
    hasCalls: false,
    seesCheck: false,
    needsCheck: false,
    isSplit: false,
  }
}
