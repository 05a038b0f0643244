import type { SandboxClient } from '@gaesup-state/sandbox/client'

export type ConnectionState =
  | { readonly name: 'connecting'; readonly epoch: number }
  | { readonly name: 'open'; readonly epoch: number; readonly client: SandboxClient }
  /** Nothing stands; the next try comes by itself. `error` is why the last one failed, undefined when it had stood. */
  | { readonly name: 'lost'; readonly epoch: number; readonly error?: unknown }

export interface SandboxConnection {
  readonly state: () => ConnectionState
  readonly subscribe: (changed: () => void) => () => void
  /** Tries now instead of waiting. */
  readonly retry: () => void
  readonly close: () => void
}

export interface ConnectionPorts {
  readonly connect: () => Promise<SandboxClient>
  /** Calls back after a time; gives back how to take that back. */
  readonly after: (ms: number, run: () => void) => () => void
}

const firstWaitMs = 500
const longestWaitMs = 8000

/** Keeps one connection to the sandbox standing until it is closed, with longer waits between failing tries. */
export function openConnection({ connect, after }: ConnectionPorts): SandboxConnection {
  const listeners = new Set<() => void>()
  let state: ConnectionState = { name: 'connecting', epoch: 0 }
  let closed = false
  let failures = 0
  let stopWaiting: (() => void) | undefined

  const enter = (next: ConnectionState) => {
    state = next
    for (const changed of listeners) changed()
  }
  const lose = (error?: unknown) => {
    if (closed) return
    enter({ name: 'lost', epoch: state.epoch, ...(error !== undefined && { error }) })
    stopWaiting = after(Math.min(firstWaitMs * 2 ** failures, longestWaitMs), dial)
    failures += 1
  }
  const dial = () => {
    stopWaiting = undefined
    const epoch = state.epoch + 1
    enter({ name: 'connecting', epoch })
    connect().then((client) => {
      if (closed) return client.close()
      failures = 0
      enter({ name: 'open', epoch, client })
      return client.closed.then(() => lose())
    }, lose)
  }
  dial()
  return {
    state: () => state,
    subscribe: (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    retry: () => {
      if (state.name !== 'lost') return
      stopWaiting?.()
      dial()
    },
    close: () => {
      closed = true
      stopWaiting?.()
      if (state.name === 'open') state.client.close()
    },
  }
}
