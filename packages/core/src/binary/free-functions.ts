import { ByteCursor } from './byte-cursor.ts'
import { indirectCost, planCode, type CodePlan } from './code-plan.ts'

/** Bodies of more bytes are not looked at: they cost too much anyway. */
const longestBody = 192
const mostRounds = 8

/**
 * Short functions that cannot run long (no loop, no bulk work, calls only to others of the kind) carry no charge of
 * their own: whoever calls them pays. Gives what a call of each costs at most.
 */
export function findFreeFunctions(
  bodies: readonly Uint8Array[],
  known: { firstIndex: number; exported: ReadonlySet<number> },
): ReadonlyMap<number, number> {
  const free = new Map<number, number>()
  const left = new Map<number, CodePlan>()
  for (const [n, body] of bodies.entries()) {
    if (body.length > longestBody || known.exported.has(known.firstIndex + n)) continue
    const plan = planCode(skipLocals(body), () => undefined)
    if (!plan.runsLong) left.set(known.firstIndex + n, plan)
  }
  for (let round = 0, found = 1; round < mostRounds && found > 0; round += 1)
    found = settle(left, free)
  return free
}

/** One round: every function whose callees are all known to be free may be free too. */
function settle(left: Map<number, CodePlan>, free: Map<number, number>): number {
  const before = free.size
  for (const [index, { cost, targets }] of left) {
    const costs = targets.map((target) => free.get(target) ?? Infinity)
    const total = costs.reduce((sum, one) => sum + one, cost)
    if (total > indirectCost) continue
    free.set(index, total)
    left.delete(index)
  }
  return free.size - before
}

function skipLocals(body: Uint8Array): ByteCursor {
  const cursor = new ByteCursor(body)
  for (let left = cursor.u32(); left > 0; left -= 1) {
    cursor.u32()
    cursor.skipLeb()
  }
  return cursor
}
