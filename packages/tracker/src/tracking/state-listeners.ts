import type { WorkspaceState } from '../model/state.ts'

/**
 * Called after a workspace changed its status or container state.
 *
 * @see seeds/tracker.md "상태 추적 시작" (Go `OnStateChange`)
 */
export type StateChangeListener = (
  workspaceId: string,
  oldState: WorkspaceState,
  newState: WorkspaceState,
) => void

/** Calls listeners in order; what one throws stops nobody. */
export class StateListeners {
  readonly #listeners = new Set<StateChangeListener>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  get size(): number {
    return this.#listeners.size
  }

  add(listener: StateChangeListener): () => void {
    const own: StateChangeListener = (...change) => listener(...change)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  notify(...change: Parameters<StateChangeListener>): void {
    for (const listener of this.#listeners) {
      try {
        listener(...change)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
