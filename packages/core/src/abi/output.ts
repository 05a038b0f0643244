import { ContainerMemoryError } from '../errors.ts'

/** Counts what one call writes and logs. Throws `ContainerMemoryError` (`MEMORY_LIMIT`) for more than allowed. */
export function spendOutput(
  output: { bytes: number },
  bytes: number,
  maxOutputBytes: number,
): void {
  output.bytes += bytes
  if (output.bytes <= maxOutputBytes) return
  throw new ContainerMemoryError(
    `The module wrote more than maxOutputBytes allows (${maxOutputBytes} bytes).`,
    'MEMORY_LIMIT',
    { limit: maxOutputBytes },
  )
}
