import { ByteCursor } from './byte-cursor.ts'
import { lengthOfBulk, Op, skipImmediates } from './instructions.ts'
import { skipLocals } from './locals.ts'
import { readBlockType } from './types.ts'

interface Candidate {
  /** Offset into the body. */
  readonly at: number
  /** Instructions before it. */
  readonly paid: number
  /** To the end of which open block the ways around it lead, the innermost of them; -1 for the end of the function. */
  readonly block: number
}

interface Walk {
  readonly cursor: ByteCursor
  /** Blocks that are open where the beginning is over, from the outermost on, and later their ends. */
  readonly open: { at: number; count: number }[]
  readonly candidates: Candidate[]
  /** Instructions so far. */
  count: number
  /** The last call, loop or bulk operation. */
  busyAt: number
}

/**
 * Many functions have a way out in front of all they call, such as a counter of references that does not reach zero. There the look
 * can stand behind it instead of where the function begins: its offset, or undefined. No way around it calls anything or has a loop.
 *
 * @param most instructions that a way around it may have
 */
export function findLateLook(
  body: Uint8Array,
  most: number,
): { readonly at: number; readonly cost: number } | undefined {
  const cursor = new ByteCursor(body)
  skipLocals(cursor)
  const walk: Walk = { cursor, open: [], candidates: [], count: 0, busyAt: -1 }
  readBeginning(walk)
  if (walk.candidates.length === 0) return undefined
  readRest(walk)
  return walk.candidates
    .filter(({ block }) => (walk.open[block]?.at ?? Infinity) > walk.busyAt)
    .map(({ at, paid, block }) => ({
      at,
      cost: paid + walk.count - (walk.open[block]?.count ?? walk.count),
    }))
    .findLast(({ cost }) => cost <= most)
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
      open.push({ at: 0, count: 0 })
    } else if (op === Op.brIf) {
      block = Math.max(block, open.length - 1 - cursor.u32())
      candidates.push({ at: cursor.at, paid: walk.count + 1, block })
    } else if (op <= Op.callIndirect || isBusy(op, skipImmediates(cursor, op))) {
      cursor.at = at
      return
    }
    walk.count += 1
  }
}

function readRest(walk: Walk): void {
  const { cursor, open } = walk
  let depth = open.length
  let outermost = depth
  while (!cursor.isDone) {
    const op = cursor.u8()
    if (isBusy(op, skipImmediates(cursor, op))) walk.busyAt = cursor.at
    walk.count += 1
    if (op === Op.block || op === Op.loop || op === Op.if) depth += 1
    if (op !== Op.end) continue
    depth -= 1
    if (depth >= outermost) continue
    open[depth] = { at: cursor.at, count: walk.count }
    outermost = depth
  }
}

function isBusy(op: number, sub: number): boolean {
  if (op === Op.loop || op === Op.call || op === Op.callIndirect || op === Op.memoryGrow)
    return true
  return op === Op.bulk && lengthOfBulk.has(sub)
}
