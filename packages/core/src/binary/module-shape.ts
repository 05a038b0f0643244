import { ByteCursor, unsupported } from './byte-cursor.ts'
import { readImports, type Import } from './imports.ts'
import { isTailCall, Op, skipImmediates } from './instructions.ts'
import { skipLocals } from './locals.ts'
import { contentOf, readSections, SectionId, type Section } from './sections.ts'
import { readTypes, readValueType, type FunctionType } from './types.ts'

export type ExportShape =
  | { readonly kind: 'function'; readonly type: FunctionType }
  | { readonly kind: 'table' | 'memory' | 'tag' }
  | { readonly kind: 'global'; readonly global: GlobalShape }

export interface GlobalShape {
  readonly index: number
  readonly valueType: number
  readonly isMutable: boolean
}

/** What a module shows to the outside, read from its bytes. */
export interface ModuleShape {
  readonly imports: readonly Import[]
  /** Types of imported functions, by `module.name`. */
  readonly importedTypes: ReadonlyMap<string, FunctionType>
  readonly exports: ReadonlyMap<string, ExportShape>
  /** Own globals, without imported ones. */
  readonly globals: readonly GlobalShape[]
  /** Own or imported. */
  readonly hasMemory: boolean
  /** The first custom section of each name. */
  readonly customSections: ReadonlyMap<string, Uint8Array>
  /** Whether code can change tables or drop segments: what a copy of memory and globals does not hold. */
  readonly changesTables: boolean
  /** Not every engine has them. */
  readonly hasTailCalls: boolean
}

const kinds = ['function', 'table', 'memory', 'global', 'tag'] as const

/** Throws `ContainerStartupError`: `MODULE_INVALID`, or `MODULE_UNSUPPORTED` for what cannot be limited. */
export function readModuleShape(bytes: Uint8Array): ModuleShape {
  if (isComponent(bytes)) unsupported('the component model')
  const sections = readSections(bytes)
  const types = readTypes(contentOf(sections, SectionId.type))
  const imports = readImports(contentOf(sections, SectionId.import))
  const globals = readGlobals(sections, imports)
  return {
    imports,
    importedTypes: typesOfImports(imports, types),
    exports: readExports(sections, { types, imports, globals }),
    globals: globals.own,
    hasMemory: hasMemory(sections, imports),
    customSections: readCustomSections(sections),
    ...readUses(sections),
  }
}

function isComponent(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[4] === 0x0d && bytes[6] === 1
}

function hasMemory(sections: readonly Section[], imports: readonly Import[]): boolean {
  const content = contentOf(sections, SectionId.memory)
  const own = content === undefined ? 0 : new ByteCursor(content).u32()
  return own > 0 || imports.some(({ type }) => type.kind === 'memory')
}

function typesOfImports(
  imports: readonly Import[],
  types: readonly FunctionType[],
): Map<string, FunctionType> {
  return new Map(
    imports.flatMap(({ module, name, type }) => {
      const known = type.kind === 'function' ? types[type.typeIndex] : undefined
      return known === undefined ? [] : [[`${module}.${name}`, known] as const]
    }),
  )
}

interface Globals {
  readonly all: readonly GlobalShape[]
  readonly own: readonly GlobalShape[]
}

function readGlobals(sections: readonly Section[], imports: readonly Import[]): Globals {
  const imported = imports
    .flatMap(({ type }) => (type.kind === 'global' ? [type] : []))
    .map(({ valueType, mutability }, index) => ({ index, valueType, isMutable: mutability === 1 }))
  const content = contentOf(sections, SectionId.global)
  if (content === undefined) return { all: imported, own: [] }
  const cursor = new ByteCursor(content)
  const own = Array.from({ length: cursor.u32() }, (_, n) => {
    const valueType = readValueType(cursor)
    const isMutable = cursor.u8() === 1
    for (let op = cursor.u8(); op !== Op.end; op = cursor.u8()) skipImmediates(cursor, op)
    return { index: imported.length + n, valueType, isMutable }
  })
  return { all: [...imported, ...own], own }
}

interface Known {
  readonly types: readonly FunctionType[]
  readonly imports: readonly Import[]
  readonly globals: Globals
}

function readExports(sections: readonly Section[], known: Known): Map<string, ExportShape> {
  const found = new Map<string, ExportShape>()
  const content = contentOf(sections, SectionId.export)
  if (content === undefined) return found
  const functions = functionTypes(sections, known)
  const cursor = new ByteCursor(content)
  for (let left = cursor.u32(); left > 0; left -= 1) {
    const name = cursor.name()
    const kind = kinds[cursor.u8()] ?? unsupported('unknown exports')
    const index = cursor.u32()
    const type = functions[index]
    const global = known.globals.all[index]
    if (kind === 'function' && type !== undefined) found.set(name, { kind, type })
    else if (kind === 'global' && global !== undefined) found.set(name, { kind, global })
    else if (kind !== 'function' && kind !== 'global') found.set(name, { kind })
  }
  return found
}

function functionTypes(
  sections: readonly Section[],
  { types, imports }: Known,
): (FunctionType | undefined)[] {
  const imported = imports.flatMap(({ type }) => (type.kind === 'function' ? [type.typeIndex] : []))
  const content = contentOf(sections, SectionId.function)
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  const own = Array.from({ length: cursor.u32() }, () => cursor.u32())
  return [...imported, ...own].map((index) => types[index])
}

function readCustomSections(sections: readonly Section[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  for (const { id, content } of sections) {
    if (id !== SectionId.custom) continue
    const cursor = new ByteCursor(content)
    const name = cursor.name()
    if (!found.has(name)) found.set(name, content.subarray(cursor.at))
  }
  return found
}

const tableSet = 0x26
/** `data.drop`, `table.init`, `elem.drop`, `table.copy`, `table.grow`, `table.fill` behind the bulk prefix. */
const changing: readonly number[] = [9, 12, 13, 14, 15, 17]

type Uses = Pick<ModuleShape, 'changesTables' | 'hasTailCalls'>

function readUses(sections: readonly Section[]): Uses {
  const cursor = new ByteCursor(contentOf(sections, SectionId.code) ?? Uint8Array.of(0))
  let [changesTables, hasTailCalls] = [false, false]
  for (let left = cursor.u32(); left > 0; left -= 1) {
    const uses = readBodyUses(new ByteCursor(cursor.take(cursor.u32())))
    changesTables ||= uses.changesTables
    hasTailCalls ||= uses.hasTailCalls
  }
  return { changesTables, hasTailCalls }
}

function readBodyUses(cursor: ByteCursor): Uses {
  skipLocals(cursor)
  let [changesTables, hasTailCalls] = [false, false]
  while (!cursor.isDone) {
    const op = cursor.u8()
    const sub = skipImmediates(cursor, op)
    hasTailCalls ||= isTailCall(op)
    changesTables ||= op === tableSet || (op === Op.bulk && changing.includes(sub))
  }
  return { changesTables, hasTailCalls }
}
