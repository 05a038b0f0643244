import type { FunctionLogLine } from '../ports.ts'
import type { StoredExecution } from '../storage/tables.ts'

export type FeedEvent =
  | { readonly type: 'line'; readonly executionId: string; readonly line: FunctionLogLine }
  | { readonly type: 'execution'; readonly stored: StoredExecution }

/** Hands what happens to a function to those who watch it; keeps nothing. */
export interface LogFeed {
  publish(functionId: string, event: FeedEvent): void
  /** The returned function ends it. */
  subscribe(functionId: string, listener: (event: FeedEvent) => void): () => void
}

export function createLogFeed(): LogFeed {
  const watchers = new Map<string, Set<(event: FeedEvent) => void>>()
  return {
    publish(functionId, event) {
      for (const listener of watchers.get(functionId) ?? []) listener(event)
    },
    subscribe(functionId, listener) {
      const listeners = watchers.get(functionId) ?? new Set()
      watchers.set(functionId, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) watchers.delete(functionId)
      }
    },
  }
}
