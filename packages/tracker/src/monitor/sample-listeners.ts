import type { ContainerStats } from '../model/metrics.ts'
import type { Logger } from '../model/ports.ts'
import type { SampleListener } from './options.ts'
import type { RowOwner } from './usage-table.ts'

/** Who hears of every measurement. One that fails disturbs no other. */
export class SampleListeners {
  readonly #listeners = new Set<SampleListener>()

  /** The returned function removes it. */
  add(listener: SampleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  publish(stats: ContainerStats, logger: Logger): void {
    for (const listener of this.#listeners) {
      try {
        listener.onSample(stats)
      } catch (error) {
        logger.error('a sample listener failed', error)
      }
    }
  }

  fail({ workspaceId, containerId }: RowOwner, error: unknown): void {
    for (const listener of this.#listeners) listener.onFailure?.(workspaceId, containerId, error)
  }
}
