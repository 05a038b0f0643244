import { SandboxError } from '../protocol/errors.ts'
import type { RawId } from '../protocol/json-rpc.ts'

/** Requests of one connection that are being served. */
export interface InFlight {
  /** Throws CAPACITY when there are too many, or too large ones. */
  open(id: RawId | undefined, length: number): { readonly signal: AbortSignal; end(): void }
  /** Cancels every request with that id; false when there is none. */
  cancel(id: RawId): boolean
  abortAll(reason: SandboxError): void
}

interface Entry {
  readonly key: string | undefined
  readonly length: number
  readonly controller: AbortController
}

/** One key for all spellings of a string; a number is its own text. */
const toKey = (id: RawId): string => (id.startsWith('"') ? JSON.stringify(JSON.parse(id)) : id)

export const openInFlight = (limits: {
  readonly maxCount: number
  readonly maxLength: number
}): InFlight => {
  const entries = new Set<Entry>()
  let length = 0
  return {
    open: (id, added) => {
      if (entries.size >= limits.maxCount || length + added > limits.maxLength)
        throw new SandboxError(
          'CAPACITY',
          `At most ${limits.maxCount} requests of a connection are served at a time; wait for answers before sending more.`,
        )
      const entry: Entry = {
        key: id === undefined ? undefined : toKey(id),
        length: added,
        controller: new AbortController(),
      }
      entries.add(entry)
      length += added
      const end = (): void => {
        if (entries.delete(entry)) length -= entry.length
      }
      return { signal: entry.controller.signal, end }
    },
    cancel: (id) => {
      const key = toKey(id)
      const found = [...entries].filter((entry) => entry.key === key)
      for (const { controller } of found)
        controller.abort(
          new SandboxError('CANCELLED', 'The request was cancelled by $/cancelRequest.'),
        )
      return found.length > 0
    },
    abortAll: (reason) => {
      for (const { controller } of entries) controller.abort(reason)
    },
  }
}
