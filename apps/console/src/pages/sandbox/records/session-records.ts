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
  /** When it was changed, ms since the epoch. */
  readonly changedAt: number
}

export interface SessionRecords {
  readonly find: (sessionId: string) => SessionRecord | undefined
  /** Begins a record; one that is there already stays. */
  readonly begin: (sessionId: string, start: Omit<SessionRecord, 'changedAt'>) => void
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
  readonly storage: Storage
  readonly now: () => number
  /** Calls back after a time; gives back how to take that back. */
  readonly after: (ms: number, run: () => void) => () => void
}

const prefix = 'gaesup.session.'
const mostRecords = 30
const storeAfterMs = 300

/** Records in the browser's storage. Changes are seen at once and stored a little later. */
export function openSessionRecords({ storage, now, after }: RecordPorts): SessionRecords {
  const known = new Map<string, SessionRecord | undefined>()
  const unstored = new Set<string>()
  const listeners = new Set<() => void>()
  let safe = true
  let stopWaiting: (() => void) | undefined

  const find = (sessionId: string) => {
    if (!known.has(sessionId))
      known.set(sessionId, parseRecord(storage.getItem(prefix + sessionId)))
    return known.get(sessionId)
  }
  const flush = () => {
    stopWaiting?.()
    stopWaiting = undefined
    const wasSafe = safe
    safe = [...unstored].map((id) => store(storage, id, known.get(id))).every(Boolean)
    if (safe) unstored.clear()
    if (safe !== wasSafe) tell()
  }
  const tell = () => {
    for (const changed of listeners) changed()
  }
  const put = (sessionId: string, record: SessionRecord) => {
    known.set(sessionId, { ...record, changedAt: now() })
    unstored.add(sessionId)
    stopWaiting ??= after(storeAfterMs, flush)
    tell()
  }
  return {
    find,
    begin: (sessionId, start) => {
      if (find(sessionId) === undefined) put(sessionId, { ...start, changedAt: now() })
    },
    change: (sessionId, change) => {
      const record = find(sessionId)
      if (record !== undefined) put(sessionId, { ...record, ...change })
    },
    forget: (sessionId) => {
      known.set(sessionId, undefined)
      unstored.delete(sessionId)
      storage.removeItem(prefix + sessionId)
      tell()
    },
    safe: () => safe,
    refresh: (key) => {
      const sessionId = key?.startsWith(prefix) === true ? key.slice(prefix.length) : undefined
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
function store(storage: Storage, sessionId: string, record: SessionRecord | undefined): boolean {
  if (record === undefined) return true
  makeRoom(storage, sessionId)
  return (
    write(storage, sessionId, record) || write(storage, sessionId, { ...record, transcript: '' })
  )
}

function write(storage: Storage, sessionId: string, record: SessionRecord): boolean {
  try {
    storage.setItem(prefix + sessionId, JSON.stringify(record))
    return true
  } catch {
    return false
  }
}

/** Removes the oldest records while there are too many beside the one that is about to be stored. */
function makeRoom(storage: Storage, sessionId: string): void {
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  const others = keys.filter((key) => key.startsWith(prefix) && key !== prefix + sessionId)
  if (others.length < mostRecords) return
  const age = (key: string) => parseRecord(storage.getItem(key))?.changedAt ?? 0
  const byAge = others.map((key) => ({ key, at: age(key) })).toSorted((a, b) => b.at - a.at)
  for (const { key } of byAge.slice(mostRecords - 1)) storage.removeItem(key)
}

/** A record of this version; anything else counts as none. */
function parseRecord(stored: string | null): SessionRecord | undefined {
  if (stored === null) return undefined
  try {
    const value: unknown = JSON.parse(stored)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is SessionRecord {
  if (!hasTexts(value, ['language', 'runtime', 'engine', 'transcript'])) return false
  if (!('draft' in value) || typeof value.draft !== 'object' || value.draft === null) return false
  const { draft } = value
  if (!('open' in draft) || !('aside' in draft) || !Array.isArray(draft.aside)) return false
  return [draft.open, ...draft.aside].every((file) => hasTexts(file, ['path', 'text']))
}

function hasTexts(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== 'object' || value === null) return false
  const members = new Map(Object.entries(value))
  return names.every((name) => typeof members.get(name) === 'string')
}
