import { createHash } from 'node:crypto'
import type { FunctionRow } from '../storage/tables.ts'

/** Changes whenever something changes that an instance was started with. */
export function revisionOf(
  row: Pick<FunctionRow, 'codeKey' | 'runtime' | 'memoryMb' | 'environment'>,
): string {
  const parts = [row.codeKey, row.runtime, row.memoryMb, Object.entries(row.environment)]
  return versionOf(parts)
}

/** A short name for a value: another one for every other value. */
export function versionOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}
