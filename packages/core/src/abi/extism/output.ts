import { guestFailed } from '../errors.ts'
import type { GuestCallOptions } from '../guest.ts'

// A mark of byte order is a character of the text like any other.
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const jsonDecoder = new TextDecoder('utf-8', { fatal: true })

/** What a plugin set as its output, as its caller asked for it. Throws `GUEST_FAILED` for what is no such thing. */
export function outputAs(
  bytes: Uint8Array,
  { as = 'text' }: Pick<GuestCallOptions, 'as'>,
): unknown {
  if (as === 'bytes') return bytes.slice()
  try {
    if (as === 'text') return textDecoder.decode(bytes)
    return JSON.parse(jsonDecoder.decode(bytes)) as unknown
  } catch {
    return guestFailed(`The plugin's output is no ${as}; ask for it with { as: 'bytes' }.`)
  }
}
