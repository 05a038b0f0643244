import { ByteCursor } from './byte-cursor.ts'
import { indirectCost, type CallGraph, type FunctionClass } from './call-graph.ts'
import { planCode } from './code-plan.ts'
import { skipLocals } from './locals.ts'

/** In longer functions one charge more is not noticed, and reading every function twice takes its time. */
const longestShared = 2048

/**
 * Lets callers pay for the beginnings of functions: one charge instead of two for every call, and nothing costs more. No dearer
 * ones than what calls through a table have paid.
 */
export function shareEntries(
  graph: CallGraph,
  { bodies, imported }: { bodies: readonly Uint8Array[]; imported: number },
): CallGraph {
  const classes = new Map<number, FunctionClass>()
  for (const [n, body] of bodies.entries()) {
    const index = imported + n
    const known = graph.classOf(index)
    if (known.isFree || !graph.payable.has(index) || body.length > longestShared) continue
    const cursor = new ByteCursor(body)
    skipLocals(cursor)
    const { firstCost } = planCode(cursor, graph, known)
    if (firstCost <= indirectCost) classes.set(index, { ...known, callCost: firstCost })
  }
  return { ...graph, classOf: (index) => classes.get(index) ?? graph.classOf(index) }
}
