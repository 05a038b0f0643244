import { ByteCursor, unsupported } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { readCallGraph, type CallGraph, type FunctionClass } from './call-graph.ts'
import { addressedFunctions } from './addressed-functions.ts'
import { readImports } from './imports.ts'
import { readFunctions, withBodies } from './functions.ts'
import { Op } from './instructions.ts'
import { shareEntries } from './entry-costs.ts'
import { askBodies, chargeBody, outerBody, wayInBody } from './added-functions.ts'
import { meterBody, type MeterParts } from './meter-code.ts'
import { exportedFunctions, readExports, writeExports, type ExportEntry } from './meter-exports.ts'
import {
  contentOf,
  readSections,
  SectionId,
  speaksOfOffsets,
  withSection,
  writeSections,
  type Section,
} from './sections.ts'
import { emptyFunctions } from './short-functions.ts'
import { unrollInner } from './unroll-inner.ts'
import { readTypes, writeTypes, type FunctionType } from './types.ts'

const i32 = 0x7f
const i64 = 0x7e
const funcref = 0x70
/** The kind of element segments that only name functions. */
const declarative = 3

/** Powers of two by which a length becomes fuel: 8 bytes, 1 element, 1/1024 page. */
const shifts = { bytes: -3, elements: 0, pages: 10 } as const
const units = ['bytes', 'elements', 'pages'] as const

export { meterExports, reservedPrefix } from './meter-exports.ts'

export interface MeterOptions {
  /** Fuel at instantiation, for the module's start function. Default 0n: a start function needs fuel. */
  readonly fuel?: bigint
  /** Calls that may nest; functions that call nothing do not count. Default 10,000. */
  readonly maxCallDepth?: number
  /**
   * Ask the host instead of trapping when fuel or depth ran out: the function in the exported table `gaesup:tick` is
   * called. It refuels and returns, or throws. While the table is empty the module traps. Default false.
   */
  readonly asksHost?: boolean
}

interface Shape {
  readonly sections: Section[]
  readonly types: FunctionType[]
  /** Type of every function, imported ones first. */
  readonly functions: number[]
  readonly importedFunctions: number
  readonly globals: number
  readonly tables: number
  readonly exports: readonly ExportEntry[]
  /** Locals and code of every own function. */
  readonly bodies: readonly Uint8Array[]
}

/**
 * Rewrites a module so that it counts what it does, in whatever engine it runs. Every stretch of code costs its number of instructions,
 * counted from above where it branches, calls through a table 49, bulk operations also 1 for 8 bytes or for a table element, growing
 * memory 1,024 a page. Fuel is looked at in loops, before bulk work and where calls can come back to a function; without fuel the module
 * traps, and lives on once it is refuelled. Every function that is open then runs at most 8,192 instructions more. Drive it through
 * `createMeter`.
 *
 * Throws `ContainerStartupError` with `MODULE_INVALID` for bytes that are no module and `MODULE_UNSUPPORTED` for what cannot be metered
 * (exceptions, threads, garbage collection, references to functions of one type), `ContainerSecurityError` (`RESERVED_NAME`) for a module with
 * exports named like the meter's.
 */
export function meterModule(bytes: Uint8Array, options: MeterOptions = {}): Uint8Array {
  const { fuel = 0n, maxCallDepth = 10_000, asksHost = false } = options
  if (!Number.isInteger(maxCallDepth) || maxCallDepth < 1 || maxCallDepth > 0x7fff_ffff) {
    throw new TypeError(`maxCallDepth is a whole number from 1 on, not ${maxCallDepth}.`)
  }
  const shape = readShape(bytes)
  const types = [...shape.types]
  const parts = planParts(shape, types, asksHost)
  const metered = meterBodies(shape, parts)
  const empty = emptyFunctions(metered)
  const steps = [
    { id: SectionId.function, content: addFunctions(shape, parts, empty.length) },
    { id: SectionId.global, content: addGlobals(shape, { fuel, maxCallDepth }) },
    { id: SectionId.export, content: writeExports(shape.exports, parts, parts.waysIn) },
    { id: SectionId.type, content: writeTypes(types) },
    ...(asksHost ? [{ id: SectionId.table, content: addTable(shape) }] : []),
    ...declare(shape, parts),
  ]
  const kept = shape.sections.filter(
    ({ id, content }) => id !== SectionId.custom || !speaksOfOffsets(content),
  )
  return writeSections(
    withBodies(steps.reduce<Section[]>(withSection, kept), [...metered, ...empty]),
  )
}

function readShape(bytes: Uint8Array): Shape {
  const sections = readSections(bytes)
  const types = readTypes(contentOf(sections, SectionId.type))
  const imports = readImports(contentOf(sections, SectionId.import))
  const imported = imports.flatMap(({ type }) => (type.kind === 'function' ? [type.typeIndex] : []))
  if (contentOf(sections, SectionId.tag) !== undefined) unsupported('exceptions')
  return {
    sections,
    types,
    functions: [...imported, ...readIndices(contentOf(sections, SectionId.function))],
    importedFunctions: imported.length,
    globals:
      imports.filter(({ type }) => type.kind === 'global').length +
      countOf(contentOf(sections, SectionId.global)),
    tables:
      imports.filter(({ type }) => type.kind === 'table').length +
      countOf(contentOf(sections, SectionId.table)),
    exports: readExports(contentOf(sections, SectionId.export)),
    bodies: readFunctions(sections).bodies,
  }
}

interface Plan extends MeterParts {
  /** Types of the functions that are added, in their order. */
  readonly addedTypes: readonly number[]
  /** Type of functions that take and give nothing. */
  readonly emptyType: number
  /** Code for when fuel or depth ran out: a trap, or a call of the host. */
  readonly stop: readonly number[]
  /** Where the host enters functions that do not look at the fuel by themselves. */
  readonly waysIn: ReadonlyMap<number, number>
  /** The table with the host's function, if the module asks. */
  readonly tickTable: number | undefined
}

function planParts(shape: Shape, types: FunctionType[], asksHost: boolean): Plan {
  const known = new Map<string, number>()
  const typeIndex = (type: FunctionType): number => {
    const key = JSON.stringify(type)
    const index = known.get(key) ?? types.push(type) - 1
    known.set(key, index)
    return index
  }
  const ofCharge = typeIndex({ params: [i32], results: [i32] })
  const emptyType = typeIndex({ params: [], results: [] })
  const first = shape.functions.length
  const exported = exportedFunctions(shape.exports)
  const graph = readGraph(shape, exported)
  const own = [...shape.bodies.keys()].map((n) => shape.importedFunctions + n)
  const needWayIn = own.filter((index) => {
    const { checks, callCost } = graph.classOf(index)
    return exported.has(index) && (!checks || callCost > 0)
  })
  const needInner = own.filter((index) => graph.classOf(index).depth === 'parameter')
  const asks = first + units.length
  const behind = asks + 3
  return {
    graph,
    fuelGlobal: shape.globals,
    depthGlobal: shape.globals + 1,
    chargeFunctions: { bytes: first, elements: first + 1, pages: first + 2 },
    askFunctions: { fuel: asks, depth: asks + 1, local: asks + 2 },
    waysIn: new Map(needWayIn.map((index, n) => [index, behind + n])),
    inner: new Map(needInner.map((index, n) => [index, behind + needWayIn.length + n])),
    tickTable: asksHost ? shape.tables : undefined,
    emptyType,
    addedTypes: [
      ...units.map(() => ofCharge),
      emptyType,
      typeIndex({ params: [i64], results: [] }),
      typeIndex({ params: [i64], results: [i64] }),
      ...needWayIn.map((index) => shape.functions[index] ?? 0),
      ...needInner.map((index) => {
        const { params, results } = typeOf(shape, index)
        return typeIndex({ params: [...params, i64], results })
      }),
    ],
    stop: asksHost ? askHost(emptyType, shape.tables) : [Op.unreachable],
    blockType: (results) => typeIndex({ params: [], results }),
  }
}

function readGraph(shape: Shape, exported: ReadonlySet<number>): CallGraph {
  const { bodies, importedFunctions: imported } = shape
  const addressed = addressedFunctions(shape.sections)
  const arityOf = (index: number): number => typeOf(shape, index).params.length
  const content = contentOf(shape.sections, SectionId.start)
  const start = content === undefined ? undefined : new ByteCursor(content).u32()
  const graph = readCallGraph(bodies, { imported, exported, addressed, start, arityOf })
  return shareEntries(graph, { bodies, imported })
}

function typeOf({ types, functions }: Shape, index: number): FunctionType {
  return types[functions[index] ?? -1] ?? { params: [], results: [] }
}

/** Calls the one function of the table that was added last. */
function askHost(type: number, table: number): number[] {
  const out = new ByteSink().bytes([0x41, 0]).u8(Op.callIndirect).u32(type).u32(table)
  return [...out.finish()]
}

/** Those of the module, then those that are added. */
function meterBodies(shape: Shape, parts: Plan): Uint8Array[] {
  const { bodies, importedFunctions } = shape
  const out: Uint8Array[] = []
  for (const [n, body] of bodies.entries()) {
    const index = importedFunctions + n
    const known = parts.graph.classOf(index)
    const inner = parts.inner.get(index)
    if (known.isFree) out.push(body)
    else if (inner !== undefined) out.push(outerBody(inner, typeOf(shape, index), parts))
    else out.push(meterBody(body, { index, type: typeOf(shape, index), known }, parts))
  }
  for (const unit of units) out.push(chargeBody(parts, { shift: shifts[unit] }))
  const ask = askBodies(parts, parts.stop)
  out.push(ask.fuel, ask.depth, ask.local)
  for (const [target, index] of parts.waysIn) {
    const type = typeOf(shape, target)
    const known = toWayIn(parts.graph.classOf(target))
    const body = wayInBody(target, type, known.hasTailCalls)
    out.push(meterBody(body, { index, type, known }, parts))
  }
  const inner: Uint8Array[] = []
  for (const index of parts.inner.keys()) {
    const known = parts.graph.classOf(index)
    const body = bodies[index - importedFunctions] ?? Uint8Array.of()
    inner.push(meterBody(body, { index, type: typeOf(shape, index), known }, parts))
  }
  const types = [...parts.inner.keys()].map((index) => typeOf(shape, index))
  return [...out, ...unrollInner(inner, types, parts.inner)]
}

/**
 * The host pays what callers pay, and counts the depth where the function does not. One that gives its depth back for tail calls must not
 * leave a way in behind that nobody counts.
 */
function toWayIn(target: FunctionClass): FunctionClass {
  const hasTailCalls = target.hasTailCalls && target.checks
  const isCounted = target.isQuiet || target.depth !== 'none' || hasTailCalls
  const depth = isCounted ? 'none' : 'whole'
  const known = { ...target, depth, hasTailCalls, checks: true, callCost: 0 } as const
  return { ...known, depthAt: undefined, isFree: false }
}

function addFunctions(shape: Shape, plan: Plan, empty: number): Uint8Array {
  const emptyTypes = Array.from({ length: empty }, () => plan.emptyType)
  const own = shape.functions.slice(shape.importedFunctions)
  const indices = [...own, ...plan.addedTypes, ...emptyTypes]
  const out = new ByteSink().u32(indices.length)
  for (const index of indices) out.u32(index)
  return out.finish()
}

function addGlobals(
  shape: Shape,
  { fuel, maxCallDepth }: Required<Omit<MeterOptions, 'asksHost'>>,
): Uint8Array {
  return extend(contentOf(shape.sections, SectionId.global), 2, (out) => {
    out.bytes([i64, 1, 0x42]).s64(fuel).u8(0x0b)
    out.bytes([i64, 1, 0x42]).s64(BigInt(maxCallDepth)).u8(0x0b)
  })
}

function addTable(shape: Shape): Uint8Array {
  return extend(contentOf(shape.sections, SectionId.table), 1, (out) => {
    out.bytes([funcref, 1, 1, 1])
  })
}

/** Where the host enters elsewhere, a function may no longer be exported under its number, which allowed code to take its address. */
function declare({ sections }: Shape, { graph, waysIn }: Plan): Section[] {
  const indices = [...waysIn.keys()].filter((index) => graph.taken.has(index))
  if (indices.length === 0) return []
  const content = extend(contentOf(sections, SectionId.element), 1, (out) => {
    out.bytes([declarative, 0]).u32(indices.length)
    for (const index of indices) out.u32(index)
  })
  return [{ id: SectionId.element, content }]
}

/** Adds entries at the end of a section's list, which may not be there yet. */
function extend(
  content: Uint8Array | undefined,
  count: number,
  write: (out: ByteSink) => void,
): Uint8Array {
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  const out = new ByteSink().u32(cursor.u32() + count).bytes(cursor.data.subarray(cursor.at))
  write(out)
  return out.finish()
}

function readIndices(content: Uint8Array | undefined): number[] {
  if (content === undefined) return []
  const cursor = new ByteCursor(content)
  return Array.from({ length: cursor.u32() }, () => cursor.u32())
}

function countOf(content: Uint8Array | undefined): number {
  return content === undefined ? 0 : new ByteCursor(content).u32()
}
