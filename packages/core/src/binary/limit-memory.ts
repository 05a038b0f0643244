import { ContainerMemoryError } from '../errors.ts'
import { ByteCursor, unsupported } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { readImports, writeImports, type Import } from './imports.ts'
import {
  contentOf,
  readSections,
  SectionId,
  withSection,
  writeSections,
  type Section,
} from './sections.ts'
import { readLimits, readTypes, readValueType, writeLimits, type Limits } from './types.ts'

/** Most WebAssembly pages of 64 KiB that a memory can have. */
const allPages = 65_536
const maxTables = 8
/** A table may grow to this many elements, or keep the size it starts with. */
const tableElements = 131_072
const largestTable = 1_000_000

/**
 * Writes a hard memory limit into a module: its memory, own or imported, can never grow past `maxPages` pages of 64 KiB, in whatever
 * engine it runs, and its tables stay under 131,072 elements or the size they start with. The result is valid.
 *
 * Throws `ContainerMemoryError` (`MEMORY_LIMIT`) when the module starts with more, `ContainerStartupError` with `MODULE_INVALID` for bytes
 * that are no module and `MODULE_UNSUPPORTED` for what escapes such a limit: shared, 64-bit or several memories,
 * garbage-collected types, more than 8 tables.
 */
export function limitMemory(bytes: Uint8Array, maxPages: number): Uint8Array {
  if (!Number.isInteger(maxPages) || maxPages < 0 || maxPages > allPages) {
    throw new TypeError(`maxPages is a whole number from 0 to ${allPages}, not ${maxPages}.`)
  }
  const sections = readSections(bytes)
  readTypes(contentOf(sections, SectionId.type))
  const imports = readImports(contentOf(sections, SectionId.import))
  refuseSeveral(sections, imports)
  return writeSections(
    [limitImports(imports, maxPages), limitMemories(maxPages), limitTables].reduce(
      (result, step) => step(result),
      sections,
    ),
  )
}

type Step = (sections: Section[]) => Section[]

function limitImports(imports: readonly Import[], maxPages: number): Step {
  return (sections) => {
    if (!imports.some(({ type }) => type.kind === 'memory')) return sections
    const limited = imports.map((one) =>
      one.type.kind === 'memory'
        ? { ...one, type: { ...one.type, limits: limit(one.type.limits, maxPages) } }
        : one,
    )
    return withSection(sections, { id: SectionId.import, content: writeImports(limited) })
  }
}

function limitMemories(maxPages: number): Step {
  return (sections) => {
    const content = contentOf(sections, SectionId.memory)
    if (content === undefined) return sections
    const cursor = new ByteCursor(content)
    const out = new ByteSink().u32(cursor.u32())
    while (!cursor.isDone) writeLimits(out, limit(readLimits(cursor), maxPages))
    return withSection(sections, { id: SectionId.memory, content: out.finish() })
  }
}

const limitTables: Step = (sections) => {
  const content = contentOf(sections, SectionId.table)
  if (content === undefined) return sections
  const cursor = new ByteCursor(content)
  const count = cursor.u32()
  if (count > maxTables) unsupported(`more than ${maxTables} tables`)
  const out = new ByteSink().u32(count)
  while (!cursor.isDone) {
    out.u8(readValueType(cursor))
    writeLimits(out, limitTable(readLimits(cursor)))
  }
  return withSection(sections, { id: SectionId.table, content: out.finish() })
}

function limit({ min, max }: Limits, maxPages: number): Limits {
  if (min > maxPages) {
    throw new ContainerMemoryError(
      `The module starts with ${min} pages of memory; ${maxPages} are allowed.`,
      'MEMORY_LIMIT',
      {
        initialPages: min,
        maxPages,
      },
    )
  }
  return { min, max: Math.min(max ?? allPages, maxPages) }
}

function limitTable({ min, max }: Limits): Limits {
  if (min > largestTable) {
    throw new ContainerMemoryError(
      `The module starts with a table of ${min} elements; ${largestTable} are allowed.`,
      'MEMORY_LIMIT',
    )
  }
  return { min, max: Math.min(max ?? Infinity, Math.max(min, tableElements)) }
}

function refuseSeveral(sections: readonly Section[], imports: readonly Import[]): void {
  const content = contentOf(sections, SectionId.memory)
  const own = content === undefined ? 0 : new ByteCursor(content).u32()
  const imported = imports.filter(({ type }) => type.kind === 'memory').length
  if (own + imported > 1) unsupported('several memories')
}
