import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import type { GlobalShape } from './module-shape.ts'
import { contentOf, readSections, SectionId, withSection, writeSections } from './sections.ts'

/** Under which name the host finds a module's own mutable global. */
export function globalExport(index: number): string {
  return `gaesup:global.${index}`
}

/** Under which name the host finds a module's memory. */
export const memoryExport = 'gaesup:memory'

/**
 * Exports memory 0 and the given globals for the host, so that an instance can be measured and copied. Rewriters that
 * only add keep their numbers.
 */
export function exportForHost(
  bytes: Uint8Array,
  parts: { globals: readonly GlobalShape[]; memory: boolean },
): Uint8Array {
  const { globals, memory } = parts
  if (globals.length === 0 && !memory) return bytes
  const sections = readSections(bytes)
  const cursor = new ByteCursor(contentOf(sections, SectionId.export) ?? Uint8Array.of(0))
  const out = new ByteSink()
    .u32(cursor.u32() + globals.length + Number(memory))
    .bytes(cursor.data.subarray(cursor.at))
  for (const { index } of globals) out.name(globalExport(index)).u8(3).u32(index)
  if (memory) out.name(memoryExport).u8(2).u32(0)
  return writeSections(withSection(sections, { id: SectionId.export, content: out.finish() }))
}
