import { wasiModule } from '../../abi/detect.ts'
import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { writeImports } from '../../binary/imports.ts'
import {
  contentOf,
  SectionId,
  withSection,
  writeSections,
  type Section,
} from '../../binary/sections.ts'
import { readLimits, writeLimits, writeTypes, type FunctionType } from '../../binary/types.ts'
import { Assembler, i32, i64 } from './assembler.ts'
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
  type GlobalSlot,
} from './driver-code.ts'
import { planNumbers, wasiTypes, type Plan } from './driver-plan.ts'
import { keptLimits, moveBodies, transferOtherBody } from './linked-code.ts'
import type { LinkedModule } from './linked-kernel.ts'
import { serveBody } from './serve-code.ts'
import { readModule, refuse, type ReadModule } from './read-module.ts'
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
  /** Slots of the functions that a linked module exports. */
  readonly linked: ReadonlyMap<string, number>
}

/**
 * Adds a program to a module: `_start` reads what to do from stdin, does it, and answers on stdout. Every import becomes a question to the
 * host, so all the program needs of its engine is `fd_read`, `fd_write` and `proc_exit`. The module was metered with `asksHost`, or not at
 * all. `globals` get their slots in the order they come. A linked module takes the place of imports; it needs an engine with several
 * memories. Throws `ContainerStartupError` (`MODULE_UNSUPPORTED`).
 */
export function addDriver(
  bytes: Uint8Array,
  globals: readonly GlobalSlot[],
  linked?: LinkedModule,
): DrivenModule {
  const module = readModule(bytes)
  const plan = planNumbers(module, globals, linked)
  const sections = writeAll(module, plan)
  return {
    bytes: writeSections(sections),
    functions: new Map(plan.callable.map(({ name, type }, slot) => [name, { slot, type }])),
    startSlot: plan.startSlot,
    imports: plan.imports,
    hasMemory: module.hasMemory,
    linked: plan.linkedSlots,
  }
}

type Added = readonly (readonly [type: FunctionType, body: Uint8Array])[]

/** In the order of their numbers, from `first` on. */
function addedFunctions(plan: Plan): Added {
  const { numbers, slots, globals, tick, imports } = plan
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
    ...otherFunctions(plan),
    ...imports.map(({ type }, n) => [type, hostCallBody(numbers, n, type)] as const),
    [plain, startBody(numbers)],
    ...(tick === undefined ? [] : [[plain, tickBody(numbers)] as const]),
  ]
}

/** Without a linked module nothing is there to reach. */
function otherFunctions({ numbers, linked }: Plan): Added {
  const type: FunctionType = { params: [i32, i32], results: [] }
  const body = (direction: 'read' | 'write'): Uint8Array =>
    linked === undefined ? new Assembler().finish() : transferOtherBody(numbers, direction)
  return [
    [type, body('read')],
    [type, body('write')],
  ]
}

function linkedFunctions({ linked, linkedNumberOf, numbers }: Plan): Added {
  if (linked === undefined) return []
  const { sections, own, types } = linked.module
  const place = { numberOf: linkedNumberOf, firstGlobal: numbers.saved + savedGlobals().count }
  const bodies = moveBodies(contentOf(sections, SectionId.code), place)
  return bodies.map((body, n) => {
    const type = types[own[n] ?? -1]
    return type === undefined ? refuse('what is linked to it is broken') : ([type, body] as const)
  })
}

function writeAll(module: ReadModule, plan: Plan): Section[] {
  const types = [...module.types]
  const typeIndex = typeNumbers(types)
  const { numberOf, start } = plan
  const added = [...addedFunctions(plan), ...linkedFunctions(plan)]
  const of = (id: SectionId): Uint8Array | undefined => contentOf(module.sections, id)
  const ofLinked = (id: SectionId): Uint8Array | undefined =>
    plan.linked === undefined ? undefined : contentOf(plan.linked.module.sections, id)
  const functions = [...module.own, ...added.map(([type]) => typeIndex(type))]
  const bodies = added.map(([, body]) => body)
  const globals = renumberGlobals(of(SectionId.global), numberOf, [
    savedGlobals(),
    allOf(ofLinked(SectionId.global)),
  ])
  const steps = [
    { id: SectionId.import, content: writeWasiImports(typeIndex) },
    { id: SectionId.function, content: writeNumbers(functions) },
    {
      id: SectionId.memory,
      content: writeMemories(of(SectionId.memory), ofLinked(SectionId.memory)),
    },
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
      module: wasiModule,
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

/** The number of entries, and the bytes they are in. */
function allOf(content: Uint8Array | undefined): { count: number; bytes: Uint8Array } {
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  return { count: cursor.u32(), bytes: cursor.data.subarray(cursor.at) }
}

/** One page at least: the driver needs somewhere to put what it sends. */
function writeMemories(
  content: Uint8Array | undefined,
  linked: Uint8Array | undefined,
): Uint8Array {
  const own = allOf(content)
  const out = new ByteSink().u32(linked === undefined ? 1 : 3)
  if (own.count === 0) out.bytes([1, 1, 1])
  else {
    const { min, max } = readLimits(new ByteCursor(own.bytes))
    if (max === 0) refuse('it has a memory that may not grow to one page')
    writeLimits(out, { min: Math.max(min, 1), max })
  }
  if (linked !== undefined) out.bytes(allOf(linked).bytes).bytes(keptLimits)
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
