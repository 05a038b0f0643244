import type { ByteCursor } from './byte-cursor.ts'
import { lengthOfBulk, Op, skipImmediates } from './instructions.ts'

/** Something the meter puts into a function's code, at an offset of the original bytes. */
export type Cut =
  /** A basic block of `cost` instructions starts; heads of functions and loops also look whether fuel is left. */
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
  readonly cuts: Cut[]
  readonly calls: boolean
  /** Where the instructions end, before the closing `end`. */
  readonly end: number
}

interface Label {
  readonly op: number
  /** Whether a branch leads to the end of this block. */
  isTarget: boolean
}

interface Scan {
  readonly cursor: ByteCursor
  readonly cuts: Cut[]
  readonly labels: Label[]
  blockAt: number
  cost: number
  checks: boolean
  calls: boolean
}

/** Divides one function's instructions into basic blocks. The cursor stands at the first instruction. */
export function planCode(cursor: ByteCursor): CodePlan {
  const scan: Scan = {
    cursor,
    cuts: [],
    labels: [{ op: Op.block, isTarget: false }],
    blockAt: cursor.at,
    cost: 0,
    checks: true,
    calls: false,
  }
  for (;;) {
    const at = cursor.at
    const op = cursor.u8()
    if (op === Op.end && scan.labels.length === 1) {
      closeBlock(scan, false)
      return { cuts: scan.cuts, calls: scan.calls, end: at }
    }
    scan.cost += 1
    readInstruction(scan, op, at)
  }
}

function readInstruction(scan: Scan, op: number, at: number): void {
  if (op >= Op.br && op <= Op.brTable) return readBranch(scan, op)
  const sub = skipImmediates(scan.cursor, op)
  switch (op) {
    case Op.block:
      scan.labels.push({ op, isTarget: false })
      return
    case Op.loop:
    case Op.if:
      scan.labels.push({ op, isTarget: op === Op.if })
      return closeBlock(scan, op === Op.loop)
    case Op.else:
      return closeBlock(scan, false)
    case Op.end:
      if (scan.labels.pop()?.isTarget === true) closeBlock(scan, false)
      return
    case Op.return:
      scan.cuts.push({ type: 'return', at, labels: scan.labels.length - 1 })
      return
    case Op.call:
    case Op.callIndirect:
      scan.calls = true
      return
    case Op.memoryGrow:
      scan.cuts.push({ type: 'length', at, of: 'pages' })
      return
    default:
      readBulk(scan, op, { sub, at })
  }
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
    if (label !== undefined && label.op !== Op.loop) label.isTarget = true
  }
  if (op === Op.brIf) closeBlock(scan, false)
}

/** Writes down the block that ends here and begins the next one. */
function closeBlock(scan: Scan, nextChecks: boolean): void {
  if (scan.cost > 0 || scan.checks)
    scan.cuts.push({ type: 'charge', at: scan.blockAt, cost: scan.cost, checks: scan.checks })
  scan.blockAt = scan.cursor.at
  scan.cost = 0
  scan.checks = nextChecks
}
