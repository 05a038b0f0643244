import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { writeImports } from '../../binary/imports.ts'
import { meterExports } from '../../binary/meter-module.ts'
import {
  contentOf,
  SectionId,
  withSection,
  writeSections,
  type Section,
} from '../../binary/sections.ts'
import { readLimits, writeLimits, writeTypes, type FunctionType } from '../../binary/types.ts'
import { i32, i64 } from './assembler.ts'
import {
  enterBody,
  frameBody,
  globalsBody,
  hostCallBody,
  invokeBody,
  leaveBody,
  startBody,
  tickBody,
  transferBody,
  type DriverNumbers,
  type GlobalSlot,
  type Slot,
} from './driver-code.ts'
import { serveBody } from './serve-code.ts'
import { countOf, isPassable, readModule, refuse, type ReadModule } from './read-module.ts'
import { renumberCode, renumberElements, renumberGlobals } from './renumber.ts'
import { scratchBytes } from './wire.ts'

/** A module that any WASI engine runs as a program, and what the numbers in its frames mean. */
export interface DrivenModule {
  readonly bytes: Uint8Array
  /** Slot of each function that can be called. */
  readonly functions: ReadonlyMap<string, { readonly slot: number; readonly type: FunctionType }>
  /** The module's start function, which runs only when it is called. */
  readonly startSlot: number | undefined
  /** Imports in the order of their numbers. */
  readonly imports: readonly { readonly name: string; readonly type: FunctionType }[]
  /** Whether the memory is the module's, or only there for the driver. */
  readonly hasMemory: boolean
}

const wasi = 'wasi_snapshot_preview1'
const wasiTypes: readonly (readonly [name: string, type: FunctionType])[] = [
  ['fd_read', { params: [i32, i32, i32, i32], results: [i32] }],
  ['fd_write', { params: [i32, i32, i32, i32], results: [i32] }],
  ['proc_exit', { params: [i32], results: [] }],
]
const maxSlots = 4096

/**
 * Adds a program to a module: `_start` reads what to do from stdin, does it, and answers on stdout. Every import becomes a question to the
 * host, so all the program needs of its engine is `fd_read`, `fd_write` and `proc_exit`. The module was metered with `asksHost`, or not at
 * all. `globals` get their slots in the order they come. Throws `ContainerStartupError` (`MODULE_UNSUPPORTED`).
 */
export function addDriver(bytes: Uint8Array, globals: readonly GlobalSlot[]): DrivenModule {
  const module = readModule(bytes)
  const plan = planNumbers(module, globals)
  const sections = writeAll(module, plan)
  return {
    bytes: writeSections(sections),
    functions: new Map(
      plan.exported.map(([name, slot]) => [
        name,
        { slot, type: plan.slots[slot]?.type ?? { params: [], results: [] } },
      ]),
    ),
    startSlot: plan.startSlot,
    imports: module.imports,
    hasMemory: module.hasMemory,
  }
}

interface Plan {
  readonly numbers: DriverNumbers
  readonly numberOf: (index: number) => number
  readonly slots: readonly Slot[]
  readonly exported: readonly (readonly [name: string, slot: number])[]
  readonly startSlot: number | undefined
  readonly globals: readonly GlobalSlot[]
  /** The first function that is added. */
  readonly first: number
  readonly tick: number | undefined
}

const helpers = 8

function planNumbers(module: ReadModule, globals: readonly GlobalSlot[]): Plan {
  const { imports, own, exports } = module
  const first = wasiTypes.length + own.length
  const numberOf = (index: number): number =>
    index < imports.length ? first + helpers + index : index - imports.length + wasiTypes.length
  const callable = [...exports.functions].flatMap(([name, index]) => {
    const type = typeOf(module, index)
    return type !== undefined && isPassable(type) ? [{ name, index: numberOf(index), type }] : []
  })
  if (callable.length > maxSlots) refuse(`it exports more than ${maxSlots} functions`)
  const slots: Slot[] = callable.map(({ index, type }) => ({ index, type }))
  const startSlot = module.start === undefined ? undefined : slots.length
  if (module.start !== undefined)
    slots.push({ index: numberOf(module.start), type: { params: [], results: [] } })
  return {
    numberOf,
    slots,
    startSlot,
    first,
    globals,
    exported: callable.map(({ name }, slot) => [name, slot] as const),
    tick: exports.tables.get(meterExports.tick),
    numbers: {
      wasi: { read: 0, write: 1, exit: 2 },
      enter: first,
      leave: first + 1,
      receive: first + 2,
      send: first + 3,
      frame: first + 4,
      invoke: first + 5,
      globals: first + 6,
      serve: first + 7,
      saved: module.globals,
      fuel: exports.globals.get(meterExports.fuel),
      depth: exports.globals.get(meterExports.depth),
      free: freeOf(callable),
    },
  }
}

function typeOf({ imports, own, types }: ReadModule, index: number): FunctionType | undefined {
  if (index < imports.length) return imports[index]?.type
  return types[own[index - imports.length] ?? -1]
}

function freeOf(
  callable: readonly { name: string; index: number; type: FunctionType }[],
): number | undefined {
  const found = callable.find(({ name }) => name === 'gsp_free')
  if (found === undefined) return undefined
  const { params, results } = found.type
  const fits = params.length === 2 && params.every((one) => one === i32) && results.length === 0
  return fits ? found.index : undefined
}

type Added = readonly (readonly [type: FunctionType, body: Uint8Array])[]

/** In the order of their numbers, from `first` on. */
function addedFunctions({ imports }: ReadModule, plan: Plan): Added {
  const { numbers, slots, globals, tick } = plan
  const plain: FunctionType = { params: [], results: [] }
  const span: FunctionType = { params: [i32, i32], results: [] }
  return [
    [plain, enterBody(numbers)],
    [plain, leaveBody(numbers)],
    [span, transferBody(numbers, 'read')],
    [span, transferBody(numbers, 'write')],
    [{ params: [i32, i64, i64, i32], results: [] }, frameBody(numbers)],
    [{ params: [i32], results: [i64] }, invokeBody(numbers, slots)],
    [{ params: [i32, i32, i64], results: [i64] }, globalsBody(globals)],
    [{ params: [], results: [i64] }, serveBody(numbers)],
    ...imports.map(({ type }, n) => [type, hostCallBody(numbers, n, type)] as const),
    [plain, startBody(numbers)],
    ...(tick === undefined ? [] : [[plain, tickBody(numbers)] as const]),
  ]
}

function writeAll(module: ReadModule, plan: Plan): Section[] {
  const types = [...module.types]
  const typeIndex = typeNumbers(types)
  const { numberOf } = plan
  const added = addedFunctions(module, plan)
  const start = plan.first + helpers + module.imports.length
  const of = (id: SectionId): Uint8Array | undefined => contentOf(module.sections, id)
  const functions = [...module.own, ...added.map(([type]) => typeIndex(type))]
  const bodies = added.map(([, body]) => body)
  const globals = renumberGlobals(of(SectionId.global), numberOf, savedGlobals())
  const steps = [
    { id: SectionId.import, content: writeWasiImports(typeIndex) },
    { id: SectionId.function, content: writeNumbers(functions) },
    { id: SectionId.memory, content: writeMemory(of(SectionId.memory)) },
    { id: SectionId.global, content: globals },
    { id: SectionId.export, content: writeExports(start) },
    ...elementSteps(of(SectionId.element), plan, start + 1),
    { id: SectionId.code, content: renumberCode(of(SectionId.code), numberOf, bodies) },
    { id: SectionId.type, content: writeTypes(types) },
  ]
  const kept = module.sections.filter(({ id }) => id !== SectionId.start)
  return steps.reduce<Section[]>(withSection, kept)
}

function writeWasiImports(typeIndex: (type: FunctionType) => number): Uint8Array {
  return writeImports(
    wasiTypes.map(([name, type]) => ({
      module: wasi,
      name,
      type: { kind: 'function', typeIndex: typeIndex(type) },
    })),
  )
}

/** The meter's table holds the one function that asks the host. */
function elementSteps(
  content: Uint8Array | undefined,
  { tick, numberOf }: Plan,
  tickFunction: number,
): Section[] {
  if (content === undefined && tick === undefined) return []
  const segment =
    tick === undefined
      ? undefined
      : new ByteSink().u32(2).u32(tick).bytes([0x41, 0, 0x0b, 0]).u32(1).u32(tickFunction).finish()
  return [{ id: SectionId.element, content: renumberElements(content, numberOf, segment) }]
}

function typeNumbers(types: FunctionType[]): (type: FunctionType) => number {
  const known = new Map(types.map((type, n) => [JSON.stringify(type), n]))
  return (type) => {
    const key = JSON.stringify({ params: type.params, results: type.results })
    const index = known.get(key) ?? types.push(type) - 1
    known.set(key, index)
    return index
  }
}

function savedGlobals(): { count: number; bytes: Uint8Array } {
  const count = scratchBytes / 8
  const bytes = new ByteSink()
  for (let n = 0; n < count; n += 1) bytes.bytes([i64, 1, 0x42, 0, 0x0b])
  return { count, bytes: bytes.finish() }
}

/** One page at least: the driver needs somewhere to put what it sends. */
function writeMemory(content: Uint8Array | undefined): Uint8Array {
  if (content === undefined || countOf(content) === 0) return Uint8Array.of(1, 1, 1, 1)
  const cursor = new ByteCursor(content)
  const out = new ByteSink().u32(cursor.u32())
  const { min, max } = readLimits(cursor)
  if (max === 0) refuse('it has a memory that may not grow to one page')
  writeLimits(out, { min: Math.max(min, 1), max })
  return out.finish()
}

function writeExports(start: number): Uint8Array {
  return new ByteSink().u32(2).name('memory').bytes([2, 0]).name('_start').u8(0).u32(start).finish()
}

function writeNumbers(numbers: readonly number[]): Uint8Array {
  const out = new ByteSink().u32(numbers.length)
  for (const one of numbers) out.u32(one)
  return out.finish()
}
