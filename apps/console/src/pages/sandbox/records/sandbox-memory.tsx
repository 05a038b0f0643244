import { createContext, useContext, useSyncExternalStore } from 'react'
import { openShelf } from '../../../storage/shelf.ts'
import type { SessionConsole } from '../terminal/session-console.ts'
import { openSessionRecords, type SessionRecord, type SessionRecords } from './session-records.ts'

/** What the sandbox page knows beyond what the server tells. */
export interface SandboxMemory {
  readonly records: SessionRecords
  /** Consoles by session id: they go on while another session is shown. */
  readonly consoles: Map<string, SessionConsole>
  readonly close: () => void
}

const MemoryContext = createContext<SandboxMemory | null>(null)

export const MemoryProvider = MemoryContext.Provider

/** Memory over the browser's storage. The browser asks before it leaves while something could not be stored. */
export function openSandboxMemory(): SandboxMemory {
  const records = openSessionRecords({
    shelf: openShelf({ storage: localStorage, prefix: 'gaesup.session.', most: 30 }),
    after: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  })
  const listening = new AbortController()
  const { signal } = listening
  window.addEventListener('storage', (event) => records.refresh(event.key), { signal })
  window.addEventListener(
    'beforeunload',
    (event) => {
      records.flush()
      if (!records.safe()) event.preventDefault()
    },
    { signal },
  )
  return {
    records,
    consoles: new Map(),
    close: () => {
      records.flush()
      listening.abort()
    },
  }
}

export function useSandboxMemory(): SandboxMemory {
  const memory = useContext(MemoryContext)
  if (memory === null) throw new Error('useSandboxMemory needs a MemoryProvider above it.')
  return memory
}

/** One thing that is kept of a session, current. `select` gives back the same value until it has changed. */
export function useSessionRecord<Value>(
  sessionId: string,
  select: (record: SessionRecord) => Value,
): Value | undefined {
  const { records } = useSandboxMemory()
  return useSyncExternalStore(records.subscribe, () => {
    const record = records.find(sessionId)
    return record === undefined ? undefined : select(record)
  })
}
