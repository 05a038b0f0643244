import { ByteCursor } from './byte-cursor.ts'
import { isDirectCall, isTableCall, lengthOfBulk, Op, skipImmediates } from './instructions.ts'
import { skipLocals } from './locals.ts'
import { readBlockType } from './types.ts'

interface Candidate {
  /** Offset into the body. */
  readonly at: number
  /** To the end of which open block the ways around it lead, the innermost of them; -1 for the end of the function. */
  readonly block: number
}

interface Walk {
  readonly cursor: ByteCursor
  /** The ends of the blocks that are open where the beginning is over, from the outermost on. */
  readonly open: number[]
  readonly candidates: Candidate[]
  /** The last call, loop or bulk operation. */
  busyAt: number
}

/**
 * Many functions have a way out in front of all they call, such as a counter of references that does not reach zero. There the depth
 * need not be counted before that is passed: gives its offset, or undefined. No way around it calls anything.
 */
export function findLateDepth(body: Uint8Array): number | undefined {
  const cursor = new ByteCursor(body)
  skipLocals(cursor)
  const walk: Walk = { cursor, open: [], candidates: [], busyAt: -1 }
  readBeginning(walk)
  if (walk.candidates.length === 0) return undefined
  readRest(walk)
  return walk.candidates.findLast(({ block }) => (walk.open[block] ?? Infinity) > walk.busyAt)?.at
}

/** Stops before the first instruction that is more than a step, a block or a conditional way out. */
function readBeginning(walk: Walk): void {
  const { cursor, open, candidates } = walk
  let block = -1
  for (;;) {
    const at = cursor.at
    const op = cursor.u8()
    if (op === Op.block) {
      readBlockType(cursor)
      open.push(0)
    } else if (op === Op.brIf) {
      block = Math.max(block, open.length - 1 - cursor.u32())
      candidates.push({ at: cursor.at, block })
    } else if (op <= Op.returnCallIndirect || isBusy(op, skipImmediates(cursor, op))) {
      cursor.at = at
      return
    }
  }
}

function readRest(walk: Walk): void {
  const { cursor, open } = walk
  let depth = open.length
  let outermost = depth
  while (!cursor.isDone) {
    const op = cursor.u8()
    if (isBusy(op, skipImmediates(cursor, op))) walk.busyAt = cursor.at
    if (op === Op.block || op === Op.loop || op === Op.if) depth += 1
    if (op !== Op.end) continue
    depth -= 1
    if (depth >= outermost) continue
    open[depth] = cursor.at
    outermost = depth
  }
}

function isBusy(op: number, sub: number): boolean {
  if (op === Op.loop || op === Op.memoryGrow || isDirectCall(op) || isTableCall(op)) return true
  return op === Op.bulk && lengthOfBulk.has(sub)
}
