import { hasTexts, type Shelf } from '../../../storage/shelf.ts'
import type { SessionDraft } from './session-draft.ts'

/** What this browser keeps of a session, so that neither a reload nor the end of the session loses work. */
export interface SessionRecord {
  readonly language: string
  readonly runtime: string
  readonly engine: string
  /** The first command that was run here. */
  readonly firstCommand?: string
  readonly draft: SessionDraft
  /** What the terminal showed, with its colours. */
  readonly transcript: string
}

export interface SessionRecords {
  readonly find: (sessionId: string) => SessionRecord | undefined
  /** Begins a record; one that is there already stays. */
  readonly begin: (sessionId: string, start: SessionRecord) => void
  readonly change: (sessionId: string, change: Partial<SessionRecord>) => void
  readonly forget: (sessionId: string) => void
  /** False when the browser refused to keep the last change, e.g. as its storage is full. */
  readonly safe: () => boolean
  readonly subscribe: (changed: () => void) => () => void
  /** Another page of the console changed the storage under this key. */
  readonly refresh: (key: string | null) => void
  /** Stores what is not stored yet. */
  readonly flush: () => void
}

export interface RecordPorts {
  readonly shelf: Shelf
  /** Calls back after a time; gives back how to take that back. */
  readonly after: (ms: number, run: () => void) => () => void
}

const storeAfterMs = 300

/** Records in the browser's storage. Changes are seen at once and stored a little later. */
export function openSessionRecords({ shelf, after }: RecordPorts): SessionRecords {
  const known = new Map<string, SessionRecord | undefined>()
  const unstored = new Set<string>()
  const listeners = new Set<() => void>()
  let safe = true
  let stopWaiting: (() => void) | undefined

  const find = (sessionId: string) => {
    if (!known.has(sessionId)) known.set(sessionId, parseRecord(shelf.get(sessionId)))
    return known.get(sessionId)
  }
  const flush = () => {
    stopWaiting?.()
    stopWaiting = undefined
    const wasSafe = safe
    safe = [...unstored].map((id) => store(shelf, id, known.get(id))).every(Boolean)
    if (safe) unstored.clear()
    if (safe !== wasSafe) tell()
  }
  const tell = () => {
    for (const changed of listeners) changed()
  }
  const put = (sessionId: string, record: SessionRecord) => {
    known.set(sessionId, record)
    unstored.add(sessionId)
    stopWaiting ??= after(storeAfterMs, flush)
    tell()
  }
  return {
    find,
    begin: (sessionId, start) => {
      if (find(sessionId) === undefined) put(sessionId, start)
    },
    change: (sessionId, change) => {
      const record = find(sessionId)
      if (record !== undefined) put(sessionId, { ...record, ...change })
    },
    forget: (sessionId) => {
      known.set(sessionId, undefined)
      unstored.delete(sessionId)
      shelf.remove(sessionId)
      tell()
    },
    safe: () => safe,
    refresh: (key) => {
      const sessionId = key === null ? undefined : shelf.idOf(key)
      if (sessionId === undefined || unstored.has(sessionId)) return
      known.delete(sessionId)
      tell()
    },
    subscribe: (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    flush,
  }
}

/** True when it was stored: whole, or where there is no room for that, without what the terminal showed. */
function store(shelf: Shelf, sessionId: string, record: SessionRecord | undefined): boolean {
  if (record === undefined) return true
  return shelf.put(sessionId, record) || shelf.put(sessionId, { ...record, transcript: '' })
}

/** A record of this version; anything else counts as none. */
function parseRecord(value: unknown): SessionRecord | undefined {
  return isRecord(value) ? value : undefined
}

function isRecord(value: unknown): value is SessionRecord {
  if (!hasTexts(value, ['language', 'runtime', 'engine', 'transcript'])) return false
  if (!('draft' in value) || typeof value.draft !== 'object' || value.draft === null) return false
  const { draft } = value
  if (!('open' in draft) || !('aside' in draft) || !Array.isArray(draft.aside)) return false
  return [draft.open, ...draft.aside].every((file) => hasTexts(file, ['path', 'text']))
}
