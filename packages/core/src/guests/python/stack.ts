import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { SectionId, type Section } from '../../binary/sections.ts'
import { readLimits, writeLimits } from '../../binary/types.ts'

const pageBytes = 65_536
/** Four mebibytes: as many nested calls as the interpreter allows itself before it says `RecursionError`. */
export const stackPages = 64
const headerBytes = 8
const i32 = 0x7f
const mutable = 1
const i32Const = 0x41
const end = 0x0b

/**
 * Gives the interpreter a stack of 4 MiB behind the memory that it starts with, in place of the half megabyte below its
 * data that it was linked with: less than 200 nested calls through C, such as a recursive function behind `lru_cache`,
 * ended it. Debug sections are left out. The result is not validated here; whoever limits its memory does that.
 *
 * @throws TypeError when the module is not laid out that way
 */
export function enlargeStack(bytes: Uint8Array): Uint8Array {
  const sections = plainSections(bytes)
  const min = startPages(sections) + stackPages
  const out = new ByteSink(bytes.length).bytes(bytes.subarray(0, headerBytes))
  for (const { id, content } of sections) {
    out.u8(id)
    if (id === SectionId.memory) out.sized(largerMemory(content, min))
    else if (id === SectionId.global) out.sized(stackPointerAt(content, min * pageBytes))
    else out.sized(content)
  }
  return out.finish()
}

function plainSections(bytes: Uint8Array): Section[] {
  const cursor = new ByteCursor(bytes)
  cursor.skip(headerBytes)
  const sections: Section[] = []
  while (!cursor.isDone) {
    const id = cursor.u8()
    const content = cursor.take(cursor.u32())
    if (id !== SectionId.custom) sections.push({ id, content })
  }
  return sections
}

function startPages(sections: readonly Section[]): number {
  const memory = sections.find(({ id }) => id === SectionId.memory)
  if (memory === undefined) throw unknownLayout()
  const cursor = new ByteCursor(memory.content)
  if (cursor.u32() !== 1) throw unknownLayout()
  return readLimits(cursor).min
}

function largerMemory(content: Uint8Array, min: number): Uint8Array {
  const cursor = new ByteCursor(content)
  const out = new ByteSink().u32(cursor.u32())
  writeLimits(out, { ...readLimits(cursor), min })
  return out.finish()
}

/** The module has one global, its stack pointer. */
function stackPointerAt(content: Uint8Array, address: number): Uint8Array {
  const cursor = new ByteCursor(content)
  const isKnown =
    cursor.u32() === 1 && cursor.u8() === i32 && cursor.u8() === mutable && cursor.u8() === i32Const
  if (!isKnown) throw unknownLayout()
  return new ByteSink().bytes([1, i32, mutable, i32Const]).s64(BigInt(address)).u8(end).finish()
}

function unknownLayout(): TypeError {
  return new TypeError(
    'The interpreter is not laid out as expected: one memory, and a stack pointer as its one global.',
  )
}
