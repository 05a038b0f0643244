import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { readImports } from './imports.ts'
import { contentOf, SectionId, withSection, type Section } from './sections.ts'
import { readTypes, readValueType, type FunctionType } from './types.ts'

/** The functions of a module by their numbers: imported ones first, then its own. */
export interface Functions {
  readonly types: readonly FunctionType[]
  /** How many are imported. */
  readonly imported: number
  /** Locals and code of its own ones. */
  readonly bodies: readonly Uint8Array[]
}

export function readFunctions(sections: readonly Section[]): Functions {
  const known = readTypes(contentOf(sections, SectionId.type))
  const imported = readImports(contentOf(sections, SectionId.import)).flatMap(({ type }) =>
    type.kind === 'function' ? [type.typeIndex] : [],
  )
  const own = entriesOf(sections, SectionId.function, (cursor) => cursor.u32())
  const types = [...imported, ...own].flatMap((index) => known[index] ?? [])
  const bodies = entriesOf(sections, SectionId.code, (cursor) => cursor.take(cursor.u32()))
  return { types, imported: imported.length, bodies }
}

export function withBodies(sections: readonly Section[], bodies: readonly Uint8Array[]): Section[] {
  const room = bodies.reduce((sum, { length }) => sum + length + 5, 5)
  const out = new ByteSink(room).u32(bodies.length)
  for (const body of bodies) out.sized(body)
  return withSection(sections, { id: SectionId.code, content: out.finish() })
}

/** Types of the locals that a function declares, or nothing where they are more than `most`. */
export function readLocals(cursor: ByteCursor, most: number): number[] | undefined {
  const types: number[] = []
  let count = 0
  for (let groups = cursor.u32(); groups > 0; groups -= 1) {
    const length = cursor.u32()
    const type = readValueType(cursor)
    count += length
    if (count <= most) types.push(...Array.from({ length }, () => type))
  }
  return count <= most ? types : undefined
}

function entriesOf<T>(
  sections: readonly Section[],
  id: SectionId,
  read: (cursor: ByteCursor) => T,
): T[] {
  const cursor = new ByteCursor(contentOf(sections, id) ?? Uint8Array.of(0))
  return Array.from({ length: cursor.u32() }, () => read(cursor))
}
