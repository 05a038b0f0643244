import { ContainerSecurityError } from '../errors.ts'
import { ByteCursor, unsupported } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { findFreeFunctions } from './free-functions.ts'
import { readImports } from './imports.ts'
import { Op } from './instructions.ts'
import { chargeBody, meterBody, type MeterParts } from './meter-code.ts'
import {
  contentOf,
  readSections,
  SectionId,
  withSection,
  writeSections,
  type Section,
} from './sections.ts'
import { readTypes, writeTypes, type FunctionType } from './types.ts'

/** Exports of a metered module that only the host uses; no module may bring names that start like them. */
export const meterExports: {
  readonly fuel: string
  readonly depth: string
  readonly tick: string
} = {
  fuel: 'gaesup:fuel',
  depth: 'gaesup:depth',
  tick: 'gaesup:tick',
}
export const reservedPrefix = 'gaesup:'

const i32 = 0x7f
const i64 = 0x7e
const funcref = 0x70

/** Powers of two by which a length becomes fuel: 8 bytes, 1 element, 1/1024 page. */
const shifts = { bytes: -3, elements: 0, pages: 10 } as const
const units = ['bytes', 'elements', 'pages'] as const

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
  /** Locals and code of every own function. */
  readonly bodies: readonly Uint8Array[]
}

/**
 * Rewrites a module so that it counts what it does, in whatever engine it runs. Every stretch of code costs its number of instructions, counted from above where it branches,
 * calls through a table 49, bulk operations also 1 for 8 bytes or for a table element, growing memory 1,024 a page. Fuel is looked at when
 * a function or a round of a loop begins and before bulk work; without fuel the module traps, and lives on once it
 * is refuelled. Drive it through `createMeter`.
 *
 * Throws `ContainerStartupError` with `MODULE_INVALID` for bytes that are no module and `MODULE_UNSUPPORTED` for what cannot be metered
 * (exceptions, tail calls, threads, garbage collection), `ContainerSecurityError` (`RESERVED_NAME`) for a module with
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
  const code = meterCode(shape, parts)
  const steps = [
    { id: SectionId.function, content: addFunctions(shape, types) },
    { id: SectionId.global, content: addGlobals(shape, { fuel, maxCallDepth }) },
    { id: SectionId.export, content: addExports(shape, parts, asksHost) },
    { id: SectionId.code, content: code },
    { id: SectionId.type, content: writeTypes(types) },
    ...(asksHost ? [{ id: SectionId.table, content: addTable(shape) }] : []),
  ]
  const kept = shape.sections.filter(
    ({ id, content }) => id !== SectionId.custom || !speaksOfOffsets(content),
  )
  return writeSections(steps.reduce<Section[]>(withSection, kept))
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
    bodies: readBodies(contentOf(sections, SectionId.code)),
  }
}

function planParts(shape: Shape, types: FunctionType[], asksHost: boolean): MeterParts {
  const known = new Map<string, number>()
  const typeIndex = (type: FunctionType): number => {
    const key = JSON.stringify(type)
    const index = known.get(key) ?? types.push(type) - 1
    known.set(key, index)
    return index
  }
  typeIndex({ params: [i32], results: [i32] })
  const first = shape.functions.length
  const exported = exportedFunctions(contentOf(shape.sections, SectionId.export))
  const free = findFreeFunctions(shape.bodies, {
    firstIndex: first - shape.bodies.length,
    exported,
  })
  return {
    fuelGlobal: shape.globals,
    depthGlobal: shape.globals + 1,
    chargeFunctions: { bytes: first, elements: first + 1, pages: first + 2 },
    stop: asksHost
      ? askHost(typeIndex({ params: [], results: [] }), shape.tables)
      : [Op.unreachable],
    freeCostOf: (index) => free.get(index),
    blockType: (results) => typeIndex({ params: [], results }),
  }
}

/** Calls the one function of the table that was added last. */
function askHost(type: number, table: number): number[] {
  const out = new ByteSink().bytes([0x41, 0]).u8(Op.callIndirect).u32(type).u32(table)
  return [...out.finish()]
}

function meterCode(shape: Shape, parts: MeterParts): Uint8Array {
  const { bodies, importedFunctions } = shape
  const out = new ByteSink(bodies.reduce((sum, { length }) => sum + length * 2, 1024)).u32(
    bodies.length + units.length,
  )
  for (const [n, body] of bodies.entries()) {
    const index = importedFunctions + n
    const type = shape.types[shape.functions[index] ?? -1] ?? { params: [], results: [] }
    out.sized(parts.freeCostOf(index) === undefined ? meterBody(body, type, parts) : body)
  }
  for (const unit of units) out.sized(chargeBody(parts, { shift: shifts[unit] }))
  return out.finish()
}

function readBodies(content: Uint8Array | undefined): Uint8Array[] {
  if (content === undefined) return []
  const cursor = new ByteCursor(content)
  return Array.from({ length: cursor.u32() }, () => cursor.take(cursor.u32()))
}

function addFunctions(shape: Shape, types: readonly FunctionType[]): Uint8Array {
  const own = shape.functions.slice(shape.importedFunctions)
  const chargeType = types.findIndex(
    ({ params, results }) => isOne(params, i32) && isOne(results, i32),
  )
  const out = new ByteSink().u32(own.length + units.length)
  for (const index of [...own, ...units.map(() => chargeType)]) out.u32(index)
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

function addExports(shape: Shape, parts: MeterParts, asksHost: boolean): Uint8Array {
  const content = contentOf(shape.sections, SectionId.export)
  return extend(content, asksHost ? 3 : 2, (out) => {
    if (asksHost) out.name(meterExports.tick).u8(1).u32(shape.tables)
    out.name(meterExports.fuel).u8(3).u32(parts.fuelGlobal)
    out.name(meterExports.depth).u8(3).u32(parts.depthGlobal)
  })
}

/** Functions the host can call; they always charge by themselves. */
function exportedFunctions(content: Uint8Array | undefined): Set<number> {
  const found = new Set<number>()
  if (content === undefined) return found
  const cursor = new ByteCursor(content)
  for (let left = cursor.u32(); left > 0; left -= 1) {
    refuseReserved(cursor.name())
    const isFunction = cursor.u8() === 0
    const index = cursor.u32()
    if (isFunction) found.add(index)
  }
  return found
}

function refuseReserved(name: string): void {
  if (!name.startsWith(reservedPrefix)) return
  throw new ContainerSecurityError(
    `The module exports "${name}"; names that start with "${reservedPrefix}" belong to the host.`,
    'RESERVED_NAME',
    { name },
  )
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

/** Branch hints and the like name places in the code that are no longer there. */
function speaksOfOffsets(content: Uint8Array): boolean {
  return new ByteCursor(content).name().startsWith('metadata.code.')
}

function isOne(types: readonly number[], type: number): boolean {
  return types.length === 1 && types[0] === type
}
