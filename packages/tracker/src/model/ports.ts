import type { SourceGapReason } from './events.ts'
import type { ResourceCounters, SystemStats } from './metrics.ts'
import type { ContainerInfo, WorkspaceRecord } from './state.ts'

/**
 * The host's own list of workspaces. The tracker only reads it.
 *
 * @see seeds/tracker.md "기본 설정" (Go `interfaces.WorkspaceService`)
 */
export interface WorkspaceService {
  listWorkspaces(signal: AbortSignal): Promise<readonly WorkspaceRecord[]>
  /**
   * The workspaces as a listing of the source names them; undefined makes the tracker ask `listWorkspaces`. A service whose
   * workspaces are a source's containers answers, so that the source is listed once, not twice.
   */
  recordsOf?(
    containers: readonly ContainerInfo[],
    source: ContainerSource,
  ): readonly WorkspaceRecord[] | undefined
  /** Names the workspace of a container that no listing has shown yet; undefined makes the tracker list again. */
  adopt?(container: ContainerInfo): WorkspaceRecord | undefined
}

/** What happened to a container. Actions that change nothing the tracker shows are not delivered. */
export type ContainerAction =
  | 'create'
  | 'start'
  | 'restart'
  | 'kill'
  | 'die'
  | 'stop'
  | 'oom'
  | 'pause'
  | 'unpause'
  | 'rename'
  | 'destroy'
  | 'exec'
  | 'health'

/** One event of a source. */
export interface ContainerEvent {
  readonly containerId: string
  readonly workspaceId: string
  readonly name: string
  readonly image: string
  readonly action: ContainerAction
  /** The engine's clock, in ms since 1970. */
  readonly at: number
  /** With `die`. */
  readonly exitCode?: number
  /** With `health`. */
  readonly healthy?: boolean
}

/** What the event stream of a source yields. */
export type SourceNotice =
  | { readonly type: 'event'; readonly event: ContainerEvent }
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected'; readonly error: Error }
  | { readonly type: 'gap'; readonly reason: SourceGapReason }

/** How a source measures a container, and why not in a cheaper way. */
export interface StatsPath {
  readonly path: 'cgroup-v2' | 'cgroup-v1' | 'stats-one-shot' | 'stats-primed' | 'custom'
  /** What the check of the cheaper way found. */
  readonly reason: string
}

/**
 * Where containers come from: an engine, a cluster, the host's own processes.
 * `list` is the truth; `events` makes it fast; `sample` measures.
 *
 * @see examples/custom-source.ts
 */
export interface ContainerSource {
  /** For messages and labels. */
  readonly name: string
  list(signal: AbortSignal): Promise<readonly ContainerInfo[]>
  /** Ends when the signal aborts; reconnects by itself and says so. A source without events yields `connected` and waits. */
  events(signal: AbortSignal): AsyncIterable<SourceNotice>
  /** @throws TrackerError `NOT_FOUND` when the container does not run. */
  sample(containerId: string, signal: AbortSignal): Promise<ResourceCounters>
  /**
   * Like `sample`, for a source that can answer at once; undefined when it must wait, and `sample` is asked instead.
   * The answer is read before the next call, so one object may serve for all.
   */
  sampleNow?(containerId: string): ResourceCounters | undefined
  /** Frees what `sample` keeps for a container. */
  forget?(containerId: string): void
  /** Describes the host; the tracker fills in `memoryUsed`. */
  system?(signal: AbortSignal): Promise<SystemStats>
  /** Drops the event connection and makes a new one: called when a listing shows changes no event announced. */
  reconnect?(): void
  /** How the last sample of a container was taken. */
  statsPath?(containerId: string): StatsPath | undefined
  /** Releases connections and files. */
  close?(): void
}

/** Time as the tracker sees it. Intervals use the monotonic clock, so a wall clock that jumps does no harm. */
export interface Clock {
  /** In ms since 1970. */
  now(): number
  /** In ms from any origin; never goes back. */
  monotonic(): number
  /** Runs once after a delay in ms; the returned function cancels it. */
  schedule(delayMs: number, run: () => void): () => void
}

/** The clock of this process. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/**
 * Where log lines go.
 *
 * @see seeds/tracker.md "로깅 설정" (Go `CustomLogger`)
 */
export interface Logger {
  info(message: string, ...args: unknown[]): void
  error(message: string, error: unknown, ...args: unknown[]): void
}

/** Logs nothing. */
export const silentLogger: Logger = { info: () => {}, error: () => {} }
