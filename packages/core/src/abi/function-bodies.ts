import { ByteCursor } from '../binary/byte-cursor.ts'

/** Exported functions of a module by name, with their index. */
export function functionIndexes(exportSection: Uint8Array): Map<string, number> {
  const cursor = new ByteCursor(exportSection)
  const found = new Map<string, number>()
  for (let left = cursor.u32(); left > 0; left -= 1) {
    const name = cursor.name()
    const kind = cursor.u8()
    const index = cursor.u32()
    if (kind === 0) found.set(name, index)
  }
  return found
}

/** The code section's bodies, without their lengths. */
export function readBodies(codeSection: Uint8Array): Uint8Array[] {
  const cursor = new ByteCursor(codeSection)
  return Array.from({ length: cursor.u32() }, () => cursor.take(cursor.u32()))
}
