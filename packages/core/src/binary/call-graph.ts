import { ByteCursor } from './byte-cursor.ts'
import {
  isDirectCall,
  isTableCall,
  isTailCall,
  lengthOfBulk,
  Op,
  skipImmediates,
} from './instructions.ts'
import { findLateDepth } from './late-depth.ts'
import { skipLocals } from './locals.ts'

/** What an indirect call costs on top: as much as the dearest function in a table that does not charge by itself. */
export const indirectCost = 48
/** What the dearest function costs that does not charge by itself and is in no table. */
const longestFree = 128
/** So many instructions at most run between two looks at the fuel in one function and those it calls that do not look. */
export const longestUnchecked = 4096

/** How calls of one function are counted. */
export interface FunctionClass {
  /** Its callers pay all of it, and it stays as it is; else it charges by itself. */
  readonly isFree: boolean
  /** What its callers pay for it. */
  readonly callCost: number
  /** It looks at fuel where it begins. Every way back to a function that runs already leads through one that looks. */
  readonly checks: boolean
  /** How it counts depth: from its beginning to its end, around its calls, or in a parameter that only it hands on. */
  readonly depth: 'none' | 'whole' | 'calls' | 'parameter'
  /** Where it looks at the depth that it counts around its calls: an offset into its body. */
  readonly depthAt: number | undefined
  /** What lies behind that place is paid there, so that callers can pay the little before it. */
  readonly paysLate: boolean
  /** Instructions it and what it calls run at most without a look, but for what its callers pay. */
  readonly unchecked: number
  /** Nothing it calls, near or far, looks at the depth. */
  readonly isQuiet: boolean
  /** Nothing of it, near or far, charges. */
  readonly isClosed: boolean
  /** It makes calls in its own place, before which it gives back the depth it counted. */
  readonly hasTailCalls: boolean
}

interface Summary {
  readonly body: Uint8Array
  readonly cost: number
  /** A function is named once for every call. */
  readonly targets: readonly number[]
  /** Those that it waits for: all but tail calls. */
  readonly awaited: readonly number[]
  readonly runsLong: boolean
  readonly callsTable: boolean
  readonly awaitsTable: boolean
  readonly hasTailCalls: boolean
}

export interface CallGraph {
  /** Imported functions have no class of their own: they charge, are not quiet and do not look. */
  classOf(index: number): FunctionClass
  /** Functions that are called directly, mostly behind what they call. */
  readonly payable: readonly number[]
  /** Functions that a table may lead to. */
  readonly addressed: ReadonlySet<number>
  /** Functions whose address the code takes; the engine wants them named outside of it. */
  readonly taken: ReadonlySet<number>
}

interface Known {
  /** Number of imported functions, which come first. */
  readonly imported: number
  /** Functions that the host calls. */
  readonly exported: ReadonlySet<number>
  /** Functions whose address is taken outside of the code. */
  readonly addressed: ReadonlySet<number>
  /** The function that the engine calls at instantiation. */
  readonly start: number | undefined
  /** Number of parameters of a function. */
  readonly arityOf: (index: number) => number
}

/** More parameters than these would not be passed in registers. */
const mostParams = 4
const noBody = Uint8Array.of(0, 0x0b)

const importClass: FunctionClass = {
  isFree: false,
  callCost: 0,
  checks: false,
  depth: 'none',
  depthAt: undefined,
  paysLate: false,
  unchecked: 0,
  isQuiet: false,
  isClosed: false,
  hasTailCalls: false,
}

/**
 * Sorts functions by what their calls need. Short ones that cannot run long carry no charge: whoever calls them pays.
 * One function of every circle of calls looks at fuel and depth; so does everything that a table can call, and that the host
 * calls and nobody else.
 */
export function readCallGraph(bodies: readonly Uint8Array[], known: Known): CallGraph {
  const taken = new Set<number>()
  const summaries = bodies.map((body) => summarize(body, taken))
  const addressed = new Set([...known.addressed, ...taken])
  const called = new Set(summaries.flatMap(({ targets }) => targets))
  const own = [...known.exported].filter((index) => index >= known.imported)
  const entries = new Set(own.filter((index) => !called.has(index)))
  const classes = classify(summaries, { ...known, addressed, entries })
  const classOf = (index: number): FunctionClass => classes.get(index) ?? importClass
  const payable = [...classes.keys()].filter((index) => called.has(index) && index !== known.start)
  return { taken, addressed, payable, classOf }
}

/** `addressed` has those as well whose address the code takes. */
interface Given extends Omit<Known, 'exported'> {
  /** Functions that only the host calls. */
  readonly entries: ReadonlySet<number>
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
  const cost = called.reduce((sum, one) => sum + (one.isFree ? one.callCost : 0), summary.cost)
  const unchecked = called.reduce((sum, one) => sum + one.unchecked, cost)
  const isAddressed = walk.addressed.has(index)
  const isEntry = walk.entries.has(index)
  const isPassing = !walk.circular.has(index) && unchecked <= longestUnchecked && !isEntry
  const mayBeFree = isClosed && cost <= (isAddressed ? indirectCost : longestFree)
  const known = {
    isQuiet,
    callCost: 0,
    depth: 'none',
    depthAt: undefined,
    paysLate: false,
    hasTailCalls: summary.hasTailCalls,
  } as const
  if (isPassing && mayBeFree && !summary.runsLong) {
    const free = { isFree: true, checks: false, callCost: cost, unchecked: unchecked - cost }
    return { ...known, ...free, isClosed }
  }
  const charging = { ...known, isFree: false, isClosed: false }
  if (isPassing && !isAddressed) return { ...charging, checks: false, unchecked }
  const looking = { ...charging, checks: true, unchecked: 0 }
  if (awaitsNone(walk, summary)) return looking
  if (callsNoneButItself(walk, index, summary)) return { ...looking, depth: 'parameter' }
  const depthAt = findLateDepth(summary.body)
  return { ...looking, depth: depthAt === undefined ? 'whole' : 'calls', depthAt }
}

/** It is never on the stack below anything that looks at the depth. */
function awaitsNone(walk: Walk, { awaited, awaitsTable }: Summary): boolean {
  return !awaitsTable && awaited.every((target) => walk.classes.get(target)?.isQuiet === true)
}

/** Nothing that looks at the depth, that is. */
function callsNoneButItself(walk: Walk, index: number, { targets, callsTable }: Summary): boolean {
  if (callsTable || !targets.includes(index) || walk.arityOf(index) > mostParams) return false
  return targets.every((target) => target === index || walk.classes.get(target)?.isQuiet === true)
}

function summaryOf(walk: Walk, index: number): Summary {
  const found = walk.summaries[index - walk.imported]
  return found ?? summarize(noBody, new Set())
}

/** Reads one body (locals and code); functions whose address it takes are added to `taken`. */
function summarize(body: Uint8Array, taken: Set<number>): Summary {
  const cursor = new ByteCursor(body)
  skipLocals(cursor)
  const [targets, awaited]: [number[], number[]] = [[], []]
  let [cost, runsLong, callsTable, awaitsTable, hasTailCalls] = [0, false, false, false, false]
  while (!cursor.isDone) {
    const op = cursor.u8()
    const isTail = isTailCall(op)
    hasTailCalls ||= isTail
    cost += isTableCall(op) ? 1 + indirectCost : 1
    if (isDirectCall(op)) {
      const target = cursor.u32()
      targets.push(target)
      if (!isTail) awaited.push(target)
      continue
    }
    if (op === Op.refFunc) {
      taken.add(cursor.u32())
      continue
    }
    const sub = skipImmediates(cursor, op)
    callsTable ||= isTableCall(op)
    awaitsTable ||= op === Op.callIndirect
    runsLong ||= op === Op.loop || op === Op.memoryGrow || (op === Op.bulk && lengthOfBulk.has(sub))
  }
  // The closing `end` is not counted.
  const counted = { body, cost: cost - 1, targets, awaited }
  return { ...counted, runsLong, callsTable, awaitsTable, hasTailCalls }
}
