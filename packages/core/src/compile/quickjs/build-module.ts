import { functionIndexes, readBodies } from '../../abi/function-bodies.ts'
import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { readImports, writeImports, type Import } from '../../binary/imports.ts'
import {
  contentOf,
  readSections,
  SectionId,
  withSection,
  writeSections,
} from '../../binary/sections.ts'
import { readTypes, writeTypes, type FunctionType } from '../../binary/types.ts'
import type { CompileSettings } from '../types.ts'
import type { Image } from './engine.ts'
import { createGlue } from './glue.ts'
import type { Added, GlueParts } from './glue-parts.ts'
import { hostCallCode } from './host-glue.ts'
import { call, constant, get, storeLong } from './words.ts'
import { dataOf, redirectCalls } from './rewrite.ts'

const i32 = 0x7f
const i64 = 0x7e
const pageBytes = 65_536
const wasiModule = 'wasi_snapshot_preview1'
/** WASI's number for what is not there. */
const notThere = 52

export interface Build {
  /** The interpreter's module. */
  readonly wasm: Uint8Array
  readonly image: Image
  /** Functions of the source. */
  readonly names: readonly string[]
  readonly settings: CompileSettings
  /** Whether the source may call functions of the host. */
  readonly callsHost: boolean
}

/** The interpreter with the source already evaluated in its memory, as a module of the native ABI. */
export function buildModule({ wasm, image, names, settings, callsHost }: Build): Uint8Array {
  const sections = readSections(wasm)
  const content = (id: SectionId): Uint8Array => contentOf(sections, id) ?? Uint8Array.of(0)
  const types = readTypes(content(SectionId.type))
  const imports = readImports(content(SectionId.import))
  const hasWasi = settings.target === 'wasm32-wasi'
  const bodies = readBodies(content(SectionId.code))
  const indexes = functionIndexes(content(SectionId.export))
  const indexOf = (name: string): number => indexes.get(name) ?? absent(name)
  const importOf = (name: string): number => imports.findIndex((one) => one.name === name)
  const hostCall = callsHost ? importOf('host_call') : undefined
  const own = { clock: importOf('clock_time_get'), random: importOf('random_get') }
  const stubs = stubsOf(imports, types, { hasWasi, own })
  const firstStub = imports.length + bodies.length
  const redirect = new Map(stubs.map(({ index }, n) => [index, firstStub + n]))
  const parts: GlueParts = {
    image,
    indexOf,
    first: firstStub + stubs.length,
    error: 0,
    log: 1,
    write: hasWasi ? importOf('fd_write') : undefined,
    random: own.random,
    hostCall,
  }
  const glue = createGlue(parts, names)
  const stubCodes = stubs.map(({ index, stub }) =>
    index === importOf('host_call') ? hostCallCode(parts) : stub,
  )
  const added = [...stubCodes, ...glue.functions]
  const typeIndex = typeIndexes(types)
  const known = new ByteCursor(content(SectionId.function))
  const functions = new ByteSink()
    .u32(known.u32() + added.length)
    .bytes(known.data.subarray(known.at))
  for (const { type } of added) functions.u32(typeIndex(type))
  const exported = new Map([...glue.exports, ['gsp_alloc', indexOf('wasm_malloc')]])
  const replaced = [
    {
      id: SectionId.import,
      content: writeImports(importsOf(imports, typeIndex, { hasWasi, hostCall, own })),
    },
    { id: SectionId.function, content: functions.finish() },
    { id: SectionId.memory, content: memoryOf(image) },
    { id: SectionId.global, content: globalsOf(image) },
    { id: SectionId.export, content: exportsOf(exported) },
    {
      id: SectionId.code,
      content: codeOf(
        bodies.map((body) => redirectCalls(body, redirect)),
        added,
      ),
    },
    { id: SectionId.data, content: dataOf(image.memory, settings.optimization === 'none') },
    { id: SectionId.type, content: writeTypes(types) },
  ]
  // No code fills memory from data segments, so their count is left out.
  const kept = sections.filter(({ id }) => id !== SectionId.dataCount && id !== SectionId.custom)
  return writeSections(replaced.reduce((result, one) => withSection(result, one), kept))
}

function absent(name: string): never {
  throw new TypeError(
    `The interpreter has no "${name}"; another version of quickjs-wasi was built for.`,
  )
}

interface Stub {
  /** Of the import it stands for. */
  readonly index: number
  readonly stub: Added
}

/** Imports through which the interpreter sees time, and random bytes. */
interface Senses {
  readonly clock: number
  readonly random: number
}

/** What a module has of the interpreter's imports. */
interface Chosen {
  readonly hasWasi: boolean
  readonly hostCall: number | undefined
  readonly own: Senses
}

/** What stands for imports that the module shall not have. */
function stubsOf(
  imports: readonly Import[],
  types: readonly FunctionType[],
  { hasWasi, own }: Pick<Chosen, 'hasWasi' | 'own'>,
): Stub[] {
  return imports.flatMap(({ module, name, type }, index) => {
    const known = type.kind === 'function' ? types[type.typeIndex] : undefined
    if (known === undefined || (module === wasiModule && hasWasi)) return []
    return [
      { index, stub: { type: known, locals: 0, code: stubCode({ module, name }, known, own) } },
    ]
  })
}

function stubCode(
  { module, name }: Pick<Import, 'module' | 'name'>,
  { results }: FunctionType,
  { clock, random }: Senses,
): number[] {
  if (name === 'clock_time_get')
    return [...get(2), ...get(0), ...call(clock), ...storeLong, ...constant(0)]
  if (name === 'random_get') return [...get(0), ...get(1), ...call(random), ...constant(0)]
  if (results.length === 0) return []
  return [0x41, module === wasiModule ? notThere : 0]
}

/** Function indexes stay what they are, so there are as many imports as before; those nobody calls are the log's. */
function importsOf(
  imports: readonly Import[],
  typeIndex: (type: FunctionType) => number,
  { hasWasi, hostCall, own }: Chosen,
): Import[] {
  const given = (name: string, params: number, results: number[] = []): Import => ({
    module: 'gaesup',
    name,
    type: {
      kind: 'function',
      typeIndex: typeIndex({ params: Array.from({ length: params }, () => i32), results }),
    },
  })
  return imports.map((one, n) => {
    if (n === 0) return given('error', 2)
    if (n === hostCall) return given('call', 2, [i64])
    if (one.module === wasiModule && hasWasi) return one
    if (n === own.clock) return given('clock', 1, [i64])
    if (n === own.random) return given('random', 2)
    return given('log', 3)
  })
}

/** Finds a type, or adds it. */
function typeIndexes(types: FunctionType[]): (type: FunctionType) => number {
  const keyOf = ({ params, results }: FunctionType): string => `${params.join()}>${results.join()}`
  return (type) => {
    const found = types.findIndex((one) => keyOf(one) === keyOf(type))
    return found === -1 ? types.push(type) - 1 : found
  }
}

function memoryOf({ memory }: Image): Uint8Array {
  return new ByteSink()
    .u32(1)
    .u8(0)
    .u32(memory.length / pageBytes)
    .finish()
}

/** The stack pointer, and what the glue keeps: whether a call is running, and a text to be freed. */
function globalsOf({ stackPointer }: Image): Uint8Array {
  const out = new ByteSink().u32(3)
  for (const value of [stackPointer, 0, 0]) out.bytes([i32, 1, 0x41]).s64(BigInt(value)).u8(0x0b)
  return out.finish()
}

function exportsOf(functions: ReadonlyMap<string, number>): Uint8Array {
  const out = new ByteSink()
    .u32(functions.size + 1)
    .name('memory')
    .u8(2)
    .u32(0)
  for (const [name, index] of functions) out.name(name).u8(0).u32(index)
  return out.finish()
}

function codeOf(bodies: readonly Uint8Array[], added: readonly Added[]): Uint8Array {
  const out = new ByteSink(1 << 20).u32(bodies.length + added.length)
  for (const body of bodies) out.sized(body)
  for (const { locals, code } of added) {
    const body = new ByteSink().bytes(locals === 0 ? [0] : [1, locals, i32])
    out.sized(body.bytes(code).u8(0x0b).finish())
  }
  return out.finish()
}
