import { ByteCursor } from './byte-cursor.ts'
import { indirectCost, type CallGraph, type FunctionClass } from './call-graph.ts'
import { planCode } from './code-plan.ts'
import { skipLocals } from './locals.ts'

/** Callers pay for no dearer beginnings; for those in tables, for none dearer than what calls through a table have paid. */
const dearestShared = 256
/** In longer functions one charge more is not noticed, and reading every function twice takes its time. */
const longestShared = 2048

/**
 * Lets callers pay for the beginnings of functions: one charge instead of two for every call, and nothing costs more. Where a
 * function has a way out in front of all it calls, its callers pay for no more than that.
 */
export function shareEntries(
  graph: CallGraph,
  { bodies, imported }: { bodies: readonly Uint8Array[]; imported: number },
): CallGraph {
  const classes = new Map<number, FunctionClass>()
  const classOf = (index: number): FunctionClass => classes.get(index) ?? graph.classOf(index)
  const isLate = (index: number): boolean => graph.classOf(index).depthAt !== undefined
  // What stands before such a way out calls nothing, so what it costs depends on no other function.
  const order = [
    ...graph.payable.filter((index) => isLate(index)),
    ...graph.payable.filter((index) => !isLate(index)),
  ]
  for (const index of order) {
    const known = { ...graph.classOf(index), paysLate: isLate(index) }
    const body = bodies[index - imported]
    if (body === undefined || known.isFree || body.length > longestShared) continue
    const cursor = new ByteCursor(body)
    skipLocals(cursor)
    const { firstCost } = planCode(cursor, { ...graph, classOf }, known)
    if (firstCost > (graph.addressed.has(index) ? indirectCost : dearestShared)) continue
    const unchecked = Math.max(0, known.unchecked - firstCost)
    classes.set(index, { ...known, callCost: firstCost, unchecked })
  }
  return { ...graph, classOf }
}
