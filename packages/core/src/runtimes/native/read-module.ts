import { ByteCursor } from '../../binary/byte-cursor.ts'
import { readImports, type Import } from '../../binary/imports.ts'
import { contentOf, readSections, SectionId, type Section } from '../../binary/sections.ts'
import { readTypes, type FunctionType } from '../../binary/types.ts'
import { ContainerStartupError } from '../../errors.ts'
import { isScalar } from './assembler.ts'
import { maxArguments } from './wire.ts'

/** A module as the driver needs to know it. */
export interface ReadModule {
  /** Without custom ones: they name functions by numbers that change. */
  readonly sections: readonly Section[]
  readonly types: readonly FunctionType[]
  readonly imports: readonly { readonly name: string; readonly type: FunctionType }[]
  /** Type number of every own function. */
  readonly own: readonly number[]
  /** How many. */
  readonly globals: number
  readonly exports: ExportNumbers
  readonly start: number | undefined
  readonly hasMemory: boolean
}

interface ExportNumbers {
  readonly functions: ReadonlyMap<string, number>
  readonly tables: ReadonlyMap<string, number>
  readonly globals: ReadonlyMap<string, number>
}

export function readModule(bytes: Uint8Array): ReadModule {
  const sections = readSections(bytes).filter(({ id }) => id !== SectionId.custom)
  const types = readTypes(contentOf(sections, SectionId.type))
  const start = contentOf(sections, SectionId.start)
  return {
    sections,
    types,
    imports: readImports(contentOf(sections, SectionId.import)).map((one) => importOf(one, types)),
    own: readNumbers(contentOf(sections, SectionId.function)),
    globals: countOf(contentOf(sections, SectionId.global)),
    exports: readExportNumbers(contentOf(sections, SectionId.export)),
    start: start === undefined ? undefined : new ByteCursor(start).u32(),
    hasMemory: countOf(contentOf(sections, SectionId.memory)) > 0,
  }
}

/** Whether it can be called with 64 bits an argument, and answers with as many. */
export function isPassable({ params, results }: FunctionType): boolean {
  const isSmall = params.length <= maxArguments && results.length <= 1
  return isSmall && [...params, ...results].every(isScalar)
}

function countOf(content: Uint8Array | undefined): number {
  return content === undefined ? 0 : new ByteCursor(content).u32()
}

export function refuse(reason: string): never {
  throw new ContainerStartupError(
    `The module cannot run in a native engine: ${reason}.`,
    'MODULE_UNSUPPORTED',
    { reason },
  )
}

function importOf(
  { module, name, type }: Import,
  types: readonly FunctionType[],
): ReadModule['imports'][number] {
  const known = type.kind === 'function' ? types[type.typeIndex] : undefined
  if (known === undefined) return refuse(`it imports the ${type.kind} "${module}.${name}"`)
  if (!isPassable(known)) refuse(`"${module}.${name}" takes or gives what cannot be sent`)
  return { name: `${module}.${name}`, type: known }
}

function readNumbers(content: Uint8Array | undefined): number[] {
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  return Array.from({ length: cursor.u32() }, () => cursor.u32())
}

function readExportNumbers(content: Uint8Array | undefined): ExportNumbers {
  const maps = [0, 1, 2, 3, 4].map(() => new Map<string, number>())
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  for (let left = cursor.u32(); left > 0; left -= 1) {
    const name = cursor.name()
    maps[cursor.u8()]?.set(name, cursor.u32())
  }
  const none = new Map<string, number>()
  const [functions = none, tables = none, , globals = none] = maps
  return { functions, tables, globals }
}
