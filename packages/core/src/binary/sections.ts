import { ContainerStartupError } from '../errors.ts'
import { ByteCursor, malformed } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'

/**
 * Section numbers.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html#sections
 */
export const SectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const
export type SectionId = (typeof SectionId)[keyof typeof SectionId]

/** The order that sections must stand in; custom ones stand anywhere. */
const order: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11]

export interface Section {
  readonly id: number
  readonly content: Uint8Array
}

/**
 * Takes a module apart. The bytes are validated by the engine first, so that nothing a rewriter adds can make an
 * invalid module valid.
 */
export function readSections(bytes: Uint8Array): Section[] {
  if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) {
    throw new ContainerStartupError(
      'These bytes are no WebAssembly module that this engine accepts.',
      'MODULE_INVALID',
    )
  }
  const cursor = new ByteCursor(bytes)
  cursor.skip(8)
  const sections: Section[] = []
  while (!cursor.isDone) {
    const id = cursor.u8()
    sections.push({ id, content: cursor.take(cursor.u32()) })
    if (id !== SectionId.custom && !order.includes(id)) malformed(`section ${id} is unknown`)
  }
  return sections
}

/** Puts a module together. A result the engine refuses is never given out. */
export function writeSections(sections: readonly Section[]): Uint8Array {
  const room = sections.reduce((sum, { content }) => sum + content.length + 6, 8)
  const out = new ByteSink(room).bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  for (const { id, content } of sections) out.u8(id).sized(content)
  const bytes = out.finish()
  if (WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) return bytes
  throw new ContainerStartupError(
    'The limits do not fit into this module: the engine refuses the result.',
    'MODULE_UNSUPPORTED',
  )
}

export function contentOf(sections: readonly Section[], id: SectionId): Uint8Array | undefined {
  return sections.find((section) => section.id === id)?.content
}

/** The sections with one replaced, or put where it belongs. */
export function withSection(sections: readonly Section[], replacement: Section): Section[] {
  if (sections.some(({ id }) => id === replacement.id)) {
    return sections.map((section) => (section.id === replacement.id ? replacement : section))
  }
  const place = order.indexOf(replacement.id)
  const next = sections.findIndex(({ id }) => order.indexOf(id) > place)
  return next === -1 ? [...sections, replacement] : sections.toSpliced(next, 0, replacement)
}

/** Branch hints and the like name places in the code that are no longer there. */
export function speaksOfOffsets(content: Uint8Array): boolean {
  return new ByteCursor(content).name().startsWith('metadata.code.')
}
