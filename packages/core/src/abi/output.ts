import { ContainerMemoryError } from '../errors.ts'

const encoder = new TextEncoder()

/** What the running call wrote and logged so far. */
export interface Output {
  bytes: number
}

/** The same for text, which is UTF-8 where it goes. */
export function spendText(output: Output, text: string, maxOutputBytes: number): string {
  spendOutput(output, encoder.encode(text).length, maxOutputBytes)
  return text
}

/** Counts what one call writes and logs. Throws `ContainerMemoryError` (`MEMORY_LIMIT`) for more than allowed. */
export function spendOutput(output: Output, bytes: number, maxOutputBytes: number): void {
  output.bytes += bytes
  if (output.bytes <= maxOutputBytes) return
  throw new ContainerMemoryError(
    `The module wrote more than maxOutputBytes allows (${maxOutputBytes} bytes).`,
    'MEMORY_LIMIT',
    { limit: maxOutputBytes },
  )
}
