import { ByteCursor } from './byte-cursor.ts'
import { readValueType } from './types.ts'
import { lengthOfBulk, Op, skipImmediates } from './instructions.ts'

/** What an indirect call costs on top: as much as the dearest function in a table that does not charge by itself. */
export const indirectCost = 48
/** What the dearest function costs that does not charge by itself and is in no table. */
const longestFree = 128
/** So many instructions at most run between two looks at the fuel in one function and those it calls that do not look. */
export const longestUnchecked = 4096

/** How calls of one function are counted. */
export interface FunctionClass {
  /** Its callers pay this for it, and it stays as it is; undefined for a function that charges by itself. */
  readonly freeCost: number | undefined
  /** It looks at fuel when it begins. Every way back to a function that runs already leads through such a one. */
  readonly checks: boolean
  /** Instructions it and what it calls run at most without a look, but for what its callers pay; 0 for one that looks. */
  readonly unchecked: number
  /** Nothing it calls, near or far, looks at the depth. */
  readonly isQuiet: boolean
  /** Nothing of it, near or far, charges. */
  readonly isClosed: boolean
}

interface Summary {
  readonly cost: number
  /** A function is named once for every call. */
  readonly targets: readonly number[]
  readonly runsLong: boolean
  readonly callsTable: boolean
}

export interface CallGraph {
  /** Imported functions have no class of their own: they charge, are not quiet and do not look. */
  classOf(index: number): FunctionClass
  /** Exported functions that do not look, as the module itself calls them: the host needs another way in. */
  readonly needWayIn: readonly number[]
}

interface Known {
  /** Number of imported functions, which come first. */
  readonly imported: number
  /** Functions that the host calls. */
  readonly exported: ReadonlySet<number>
  /** Functions whose address is taken outside of the code. */
  readonly addressed: ReadonlySet<number>
}

const importClass: FunctionClass = {
  freeCost: undefined,
  checks: false,
  unchecked: 0,
  isQuiet: false,
  isClosed: false,
}

/**
 * Sorts functions by what their calls need. Short ones that cannot run long carry no charge: whoever calls them pays.
 * One function of every circle of calls looks at fuel and depth; so does everything that a table can call, and that the host
 * calls and nobody else.
 */
export function readCallGraph(bodies: readonly Uint8Array[], known: Known): CallGraph {
  const addressed = new Set(known.addressed)
  const summaries = bodies.map((body) => summarize(body, addressed))
  const called = new Set(summaries.flatMap(({ targets }) => targets))
  const own = [...known.exported].filter((index) => index >= known.imported)
  const entries = new Set(own.filter((index) => !called.has(index)))
  const classes = classify(summaries, { imported: known.imported, addressed, entries })
  const classOf = (index: number): FunctionClass => classes.get(index) ?? importClass
  return { classOf, needWayIn: own.filter((index) => !classOf(index).checks) }
}

interface Given {
  readonly imported: number
  /** Functions that only the host calls. */
  readonly entries: ReadonlySet<number>
  /** Functions that a table may lead to. */
  readonly addressed: ReadonlySet<number>
}

interface Walk extends Given {
  readonly summaries: readonly Summary[]
  readonly classes: Map<number, FunctionClass>
  /** Functions on the way from the first one to the current one. */
  readonly open: Set<number>
  readonly circular: Set<number>
}

function classify(summaries: readonly Summary[], given: Given): ReadonlyMap<number, FunctionClass> {
  const classes = new Map<number, FunctionClass>()
  const walk: Walk = { summaries, ...given, classes, open: new Set(), circular: new Set() }
  // Long functions first: a circle is then cut where it hurts least.
  const order = [...summaries.entries()].sort(([, a], [, b]) => b.cost - a.cost)
  for (const [n] of order) visit(walk, given.imported + n)
  return classes
}

/** Depth first, with a stack of its own: modules call deeper than a host's stack may go. */
function visit(walk: Walk, first: number): void {
  if (walk.classes.has(first)) return
  const way = [{ index: first, next: 0 }]
  walk.open.add(first)
  for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
    const summary = summaryOf(walk, at.index)
    const target = summary.targets[at.next]
    at.next += 1
    if (target === undefined) {
      walk.classes.set(at.index, settle(walk, at.index, summary))
      walk.open.delete(at.index)
      way.pop()
    } else if (walk.open.has(target)) {
      walk.circular.add(target)
    } else if (target >= walk.imported && !walk.classes.has(target)) {
      walk.open.add(target)
      way.push({ index: target, next: 0 })
    }
  }
}

function settle(walk: Walk, index: number, summary: Summary): FunctionClass {
  const called = summary.targets.map((target) => walk.classes.get(target) ?? importClass)
  const isQuiet = !summary.callsTable && called.every((one) => one.isQuiet)
  const isClosed = !summary.callsTable && called.every((one) => one.isClosed)
  const cost = called.reduce((sum, { freeCost = 0 }) => sum + freeCost, summary.cost)
  const unchecked = called.reduce((sum, one) => sum + one.unchecked, cost)
  const isAddressed = walk.addressed.has(index)
  const isEntry = walk.entries.has(index)
  const isPassing = !walk.circular.has(index) && unchecked <= longestUnchecked && !isEntry
  const mayBeFree = isAddressed ? isClosed && cost <= indirectCost : cost <= longestFree
  if (isPassing && mayBeFree && !summary.runsLong)
    return { freeCost: cost, checks: false, unchecked: unchecked - cost, isQuiet, isClosed }
  const checks = isAddressed || !isPassing
  return {
    freeCost: undefined,
    checks,
    unchecked: checks ? 0 : unchecked,
    isQuiet,
    isClosed: false,
  }
}

function summaryOf(walk: Walk, index: number): Summary {
  const found = walk.summaries[index - walk.imported]
  return found ?? { cost: 0, targets: [], runsLong: false, callsTable: false }
}

/** Reads one body (locals and code); functions whose address it takes are added to `addressed`. */
function summarize(body: Uint8Array, addressed: Set<number>): Summary {
  const cursor = new ByteCursor(body)
  skipLocals(cursor)
  const targets: number[] = []
  let [cost, runsLong, callsTable] = [0, false, false]
  while (!cursor.isDone) {
    const op = cursor.u8()
    cost += op === Op.callIndirect ? 1 + indirectCost : 1
    if (op === Op.call) targets.push(cursor.u32())
    else if (op === Op.refFunc) addressed.add(cursor.u32())
    else {
      const sub = skipImmediates(cursor, op)
      if (op === Op.callIndirect) callsTable = true
      if (op === Op.loop || op === Op.memoryGrow || (op === Op.bulk && lengthOfBulk.has(sub)))
        runsLong = true
    }
  }
  // The closing `end` is not counted.
  return { cost: cost - 1, targets, runsLong, callsTable }
}

/** Steps over the declarations of locals and tells where they stand. */
export function skipLocals(cursor: ByteCursor): { groups: number; count: number; at: number } {
  const groups = cursor.u32()
  const at = cursor.at
  let count = 0
  for (let left = groups; left > 0; left -= 1) {
    count += cursor.u32()
    readValueType(cursor)
  }
  return { groups, count, at }
}
