import { inlineCalls } from './inline-calls.ts'
import type { FunctionType } from './types.ts'

/** V8 puts no function longer than that where it is called. */
const longestUnrolled = 500
const i64 = 0x7e

/**
 * Functions that call only themselves contain themselves once: what the meter added to them takes room that an engine would have used for
 * that. They charge, look and count depth as before.
 *
 * @param types without the depth, which is their last parameter
 * @param numbers where they stand, one behind the other
 */
export function unrollInner(
  bodies: readonly Uint8Array[],
  types: readonly FunctionType[],
  numbers: ReadonlyMap<number, number>,
): Uint8Array[] {
  const [imported = 0] = numbers.values()
  const all: FunctionType[] = []
  for (const [n, { params, results }] of types.entries())
    all[imported + n] = { params: [...params, i64], results }
  const rules = { isWanted: () => true, where: 'everywhere', withLoops: true } as const
  const unrolled = inlineCalls({ types: all, imported, bodies }, rules)
  return bodies.map((body, n) => {
    const longer = unrolled[n] ?? body
    return longer.length > longestUnrolled ? body : longer
  })
}
