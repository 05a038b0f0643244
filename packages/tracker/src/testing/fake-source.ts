import { TrackerError } from '../model/errors.ts'
import type { ResourceCounters } from '../model/metrics.ts'
import type { ContainerAction, ContainerSource, SourceNotice } from '../model/ports.ts'
import type { ContainerInfo, ContainerState } from '../model/state.ts'

/** A source whose containers, events and failures a test sets by hand. */
export class FakeSource implements ContainerSource {
  readonly name = 'fake'
  /** What `list` answers. */
  readonly containers: Map<string, ContainerInfo> = new Map<string, ContainerInfo>()
  /** What `sample` answers. */
  readonly counters: Map<string, ResourceCounters> = new Map<string, ResourceCounters>()
  /** While set, `list` and `sample` reject with it. */
  failure: Error | undefined
  /** While set, `list` waits for it after it has taken its picture. */
  listBarrier: Promise<void> | undefined
  /** How often `reconnect` was called. */
  reconnects = 0
  /** How often `list` was called, failures included. */
  listCalls = 0
  readonly #waiting: SourceNotice[] = []
  #wake: () => void = () => {}

  /** Puts a container into the listing without an event. */
  put(id: string, state: ContainerState, workspaceId: string = id): void {
    const createdAt = this.containers.get(id)?.createdAt ?? this.containers.size + 1
    this.containers.set(id, { id, name: id, workspaceId, image: 'image', state, createdAt })
  }

  /** Sends an event about a listed container, with its time in ms since 1970. */
  event(
    id: string,
    action: ContainerAction,
    details: { at: number; exitCode?: number; workspaceId?: string; healthy?: boolean },
  ): void {
    const workspaceId = this.containers.get(id)?.workspaceId ?? id
    this.notice({
      type: 'event',
      event: { containerId: id, workspaceId, name: id, image: 'image', action, ...details },
    })
  }

  /** Sends anything that an event stream can yield. */
  notice(notice: SourceNotice): void {
    this.#waiting.push(notice)
    this.#wake()
  }

  async list(): Promise<readonly ContainerInfo[]> {
    this.listCalls += 1
    if (this.failure !== undefined) throw this.failure
    const picture = [...this.containers.values()]
    await this.listBarrier
    return picture
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceNotice> {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    yield { type: 'connected' }
    while (!signal.aborted) {
      const next = this.#waiting.shift()
      if (next !== undefined) yield next
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  async sample(containerId: string): Promise<ResourceCounters> {
    if (this.failure !== undefined) throw this.failure
    const counters = this.counters.get(containerId)
    if (counters === undefined) throw new TrackerError('NOT_FOUND', `${containerId} does not run`)
    return counters
  }

  reconnect(): void {
    this.reconnects += 1
  }
}
