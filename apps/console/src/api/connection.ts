import { useSyncExternalStore } from 'react'

/** Whether the daemon answers; set by every finished request. */
export interface Connection {
  readonly down: () => boolean
  readonly report: (reachable: boolean) => void
  readonly subscribe: (changed: () => void) => () => void
}

export function createConnection(): Connection {
  let down = false
  const listeners = new Set<() => void>()
  return {
    down: () => down,
    report: (reachable) => {
      if (down === !reachable) return
      down = !reachable
      for (const changed of listeners) changed()
    },
    subscribe: (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
  }
}

export function useDown(connection: Connection): boolean {
  return useSyncExternalStore(connection.subscribe, connection.down)
}
