import type { ByteCursor } from './byte-cursor.ts'
import { lengthOfBulk, Op, skipImmediates } from './instructions.ts'

/** Something the meter puts into a function's code, at an offset of the original bytes. */
export type Cut =
  /** A block of `cost` instructions starts; heads of functions and loops also look whether fuel is left. */
  | {
      readonly type: 'charge'
      readonly at: number
      readonly cost: number
      readonly checks: boolean
    }
  /** A length is on top of the stack. */
  | { readonly type: 'length'; readonly at: number; readonly of: 'bytes' | 'elements' | 'pages' }
  /** A `return` of one byte, with the number of labels around it. */
  | { readonly type: 'return'; readonly at: number; readonly labels: number }

export interface CodePlan {
  readonly cuts: readonly Cut[]
  /** Whether it calls functions that are not free. */
  readonly calls: boolean
  /** Functions it calls by number. */
  readonly targets: readonly number[]
  /** Whether it has loops, bulk work or indirect calls. */
  readonly runsLong: boolean
  /** All stretches together. */
  readonly cost: number
  /** Where the instructions end, before the closing `end`. */
  readonly end: number
}

/** What a call of this function costs on top, if it does not charge by itself. */
export type FreeCostOf = (functionIndex: number) => number | undefined

/** A stretch of code with one way in. A conditional branch out does not end it: what follows is paid in advance. */
interface Stretch {
  readonly at: number
  cost: number
  readonly checks: boolean
  /** The stretch before it on every way here, which runs at least as often; it can pay for a short one. */
  readonly payer: Stretch | undefined
}

interface Label {
  readonly op: number
  /** The stretch in which the block was opened. */
  readonly opener: Stretch
  /** How its end is reached by branches. */
  reached: 'never' | 'by branch' | 'by table'
}

interface Scan {
  readonly cursor: ByteCursor
  readonly stretches: Stretch[]
  readonly cuts: Cut[]
  readonly labels: Label[]
  readonly targets: number[]
  readonly freeCostOf: FreeCostOf
  current: Stretch
  calls: boolean
  runsLong: boolean
}

/** What an indirect call costs on top: as much as the dearest function that does not charge by itself. */
export const indirectCost = 48
/** Up to this cost a stretch is paid by the one before it; that is also the most a function can be overcharged for it. */
const shortCost = 16

/**
 * Divides one function's instructions into stretches and says what each costs. A call may be charged more than it ran, for
 * short branches not taken, but never less. The cursor stands at the first instruction.
 */
export function planCode(cursor: ByteCursor, freeCostOf: FreeCostOf): CodePlan {
  const first: Stretch = { at: cursor.at, cost: 0, checks: true, payer: undefined }
  const outer: Label = { op: Op.block, opener: first, reached: 'never' }
  const lists = { stretches: [first], cuts: [], labels: [outer], targets: [] }
  const scan: Scan = { cursor, ...lists, freeCostOf, current: first, calls: false, runsLong: false }
  for (;;) {
    const at = cursor.at
    const op = cursor.u8()
    if (op === Op.end && scan.labels.length === 1) return toPlan(scan, at)
    scan.current.cost += 1
    readInstruction(scan, op, at)
  }
}

function toPlan(scan: Scan, end: number): CodePlan {
  const { calls, targets, runsLong } = scan
  const cost = scan.stretches.reduce((sum, stretch) => sum + stretch.cost, 0)
  return {
    calls,
    targets,
    runsLong: runsLong || scan.cuts.some(({ type }) => type === 'length'),
    cost,
    cuts: allCuts(scan),
    end,
  }
}

function readInstruction(scan: Scan, op: number, at: number): void {
  if (op >= Op.br && op <= Op.brTable) return readBranch(scan, op)
  if (op === Op.call) return readCall(scan)
  const sub = skipImmediates(scan.cursor, op)
  switch (op) {
    case Op.block:
    case Op.loop:
    case Op.if:
      scan.labels.push({ op, opener: scan.current, reached: 'never' })
      if (op === Op.if) begin(scan, { checks: false, payer: scan.current })
      if (op === Op.loop) beginLoop(scan)
      return
    case Op.else:
      return begin(scan, { checks: false, payer: scan.labels.at(-1)?.opener })
    case Op.end:
      return readEnd(scan)
    case Op.return:
      scan.cuts.push({ type: 'return', at, labels: scan.labels.length - 1 })
      return
    case Op.callIndirect:
      scan.current.cost += indirectCost
      scan.calls = true
      scan.runsLong = true
      return
    case Op.memoryGrow:
      scan.cuts.push({ type: 'length', at, of: 'pages' })
      return
    default:
      readBulk(scan, op, { sub, at })
  }
}

/** What follows a block is a new stretch when it runs less often than the end of the block, or is reached in more ways. */
function readEnd(scan: Scan): void {
  const label = scan.labels.pop()
  if (label === undefined || (label.op === Op.block && label.reached === 'never')) return
  begin(scan, { checks: false, payer: label.reached === 'by table' ? undefined : label.opener })
}

function readBulk(scan: Scan, op: number, where: { sub: number; at: number }): void {
  const of = op === Op.bulk ? lengthOfBulk.get(where.sub) : undefined
  if (of !== undefined) scan.cuts.push({ type: 'length', at: where.at, of })
}

function readBranch(scan: Scan, op: number): void {
  const { cursor } = scan
  const count = op === Op.brTable ? cursor.u32() + 1 : 1
  for (let left = count; left > 0; left -= 1) {
    const label = scan.labels.at(-1 - cursor.u32())
    if (label === undefined || label.op === Op.loop) continue
    if (op === Op.brTable) label.reached = 'by table'
    else if (label.reached === 'never') label.reached = 'by branch'
  }
}

function readCall(scan: Scan): void {
  const target = scan.cursor.u32()
  const cost = scan.freeCostOf(target)
  scan.targets.push(target)
  if (cost === undefined) scan.calls = true
  else scan.current.cost += cost
}

function beginLoop(scan: Scan): void {
  scan.runsLong = true
  begin(scan, { checks: true, payer: undefined })
}

function begin(scan: Scan, how: { checks: boolean; payer: Stretch | undefined }): void {
  scan.current = { at: scan.cursor.at, cost: 0, ...how }
  scan.stretches.push(scan.current)
}

/** From the last stretch to the first, lets short ones be paid by those before them; then all cuts in their order. */
function allCuts(scan: Scan): Cut[] {
  const charges: Cut[] = []
  for (const { at, cost, checks, payer } of scan.stretches.toReversed()) {
    if (payer !== undefined && cost <= shortCost) payer.cost += cost
    else charges.push({ type: 'charge', at, cost, checks })
  }
  // At one place the charge comes first: what follows it may not return.
  return [...charges, ...scan.cuts].sort(
    (a, b) => a.at - b.at || Number(b.type === 'charge') - Number(a.type === 'charge'),
  )
}
