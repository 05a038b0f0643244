import type { ExecutionTrigger, FunctionStatus, HttpMethod } from '../contract/index.ts'
import type { FunctionLogLine } from '../ports.ts'

/** A workspace as it is stored. */
export interface WorkspaceRow {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly createdAtMs: number
  /** Starts at 1 and grows by one with every change. */
  readonly version: number
}

/** A function as it is stored; its source is in `Objects`. `memoryMb` is in units of 2^20 bytes. */
export interface FunctionRow {
  readonly id: string
  readonly workspaceId: string
  readonly name: string
  readonly description: string | null
  readonly runtime: string
  readonly memoryMb: number
  readonly timeoutSeconds: number
  readonly httpMethods: readonly HttpMethod[]
  readonly environment: Readonly<Record<string, string>>
  /** Key of the source in `Objects`. */
  readonly codeKey: string
  readonly invocationUrl: string | null
  readonly status: FunctionStatus
  readonly lastModifiedMs: number
  readonly lastDeployedMs: number | null
  readonly version: number
}

/** Fields of a workspace that can change. */
export type WorkspacePatch = Partial<Pick<WorkspaceRow, 'name' | 'description'>>

/** Fields of a function that can change. */
export type FunctionPatch = Partial<Omit<FunctionRow, 'id' | 'workspaceId' | 'version'>>

/** The beginning of a body that is stored. */
export interface CapturedBody {
  readonly encoding: 'text' | 'base64'
  readonly value: string
  readonly truncated: boolean
}

/** The facts of one execution, without bodies and prints. */
export interface ExecutionFacts {
  readonly id: string
  readonly functionId: string
  readonly workspaceId: string
  readonly startedAtMs: number
  /** The 24 h window counts by this. */
  readonly endedAtMs: number
  readonly durationMs: number
  readonly cpuMs: number
  readonly memoryBytes: number
  readonly queueMs: number
  readonly coldStart: boolean
  readonly coldStartMs: number
  readonly trigger: ExecutionTrigger
  readonly method: string
  readonly path: string
  readonly statusCode: number
  readonly isError: boolean
}

/** Everything that is stored of one execution. */
export interface ExecutionRecord extends ExecutionFacts {
  readonly failure: { readonly code: string; readonly message: string } | null
  readonly request: CapturedBody | null
  readonly response: CapturedBody | null
  readonly lines: readonly FunctionLogLine[]
  readonly logsTruncated: boolean
}

/** One execution for a list: neither bodies nor prints. */
export interface ExecutionHead extends ExecutionFacts {
  readonly failureCode: string | null
  /** The beginning of what it printed last. */
  readonly lastLine: string | null
}

/** A stored execution with its place in the log. */
export interface StoredExecution {
  readonly seq: number
  readonly record: ExecutionRecord
}

/** What became of a change; `name-taken`: another row of the workspace has the name. */
export type UpdateResult<Row> =
  | { readonly kind: 'updated'; readonly row: Row }
  | { readonly kind: 'missing' }
  | { readonly kind: 'version-mismatch' }
  | { readonly kind: 'name-taken' }

/** Whose executions: one function's or a whole workspace's. */
export type ExecutionScope = { readonly functionId: string } | { readonly workspaceId: string }

/** Sums over the executions of a window of time; `durationMs` of all of them together. */
export interface WindowTotals {
  readonly invocations: number
  readonly errors: number
  readonly durationMs: number
}

/** CPU time spent by the executions that ended in the minute that starts at `atMs`. */
export interface CpuMinute {
  readonly atMs: number
  readonly cpuMs: number
}

/** How many executions are kept, and for how long. */
export interface Retention {
  /** Executions kept of each function. */
  readonly maxPerFunction: number
  /** Bytes of kept executions of each function. */
  readonly maxBytesPerFunction: number
  /** Age after which an execution is dropped, milliseconds. */
  readonly maxAgeMs: number
}

/** Stored workspaces. */
export interface WorkspaceTable {
  insert(row: WorkspaceRow): Promise<void>
  /** Oldest first. */
  list(): Promise<readonly WorkspaceRow[]>
  get(id: string): Promise<WorkspaceRow | null>
  /** Changes the given fields in one step; with `ifVersion` only when the row still has it. */
  update(id: string, patch: WorkspacePatch, ifVersion?: number): Promise<UpdateResult<WorkspaceRow>>
  /** Takes the workspace and its functions away in one step; their ids, or null when it was not there. */
  delete(id: string): Promise<readonly string[] | null>
}

/** Stored functions. */
export interface FunctionTable {
  insert(row: FunctionRow): Promise<'inserted' | 'name-taken' | 'no-workspace'>
  /** Oldest first. */
  list(workspaceId: string): Promise<readonly FunctionRow[]>
  count(workspaceId: string): Promise<number>
  get(id: string): Promise<FunctionRow | null>
  findByName(workspaceId: string, name: string): Promise<FunctionRow | null>
  update(id: string, patch: FunctionPatch, ifVersion?: number): Promise<UpdateResult<FunctionRow>>
  delete(id: string): Promise<boolean>
  /** The source keys of every function there is, for the sweep at open. */
  codeKeys(): Promise<ReadonlySet<string>>
}

/** Stored executions with their totals. */
export interface ExecutionTable {
  /**
   * Keeps the execution and counts it in one write that survives the death of the process once this resolves.
   * Resolves to its place in the log, or null when the function is gone by now.
   */
  append(record: ExecutionRecord): Promise<number | null>
  /** Newest first by the time they ended, with the number of all that are kept. */
  newest(
    scope: ExecutionScope,
    limit: number,
  ): Promise<{ readonly rows: readonly StoredExecution[]; readonly total: number }>
  /** The places of those that `newest` and `heads` would give: costs next to nothing, and differs whenever they differ. */
  places(scope: ExecutionScope, limit: number): Promise<ExecutionPlaces>
  /** As `newest`, without what is large. */
  heads(scope: ExecutionScope, limit: number): Promise<readonly ExecutionHead[]>
  /** One kept execution by its id; null when it is not kept or of another function. */
  get(functionId: string, id: string): Promise<ExecutionRecord | null>
  /** In log order, those after `seq`. */
  after(functionId: string, seq: number, limit: number): Promise<readonly StoredExecution[]>
  /** Exact totals of the executions that ended after `fromMs` and not after `toMs`; 24 h back is always there. */
  totals(scope: ExecutionScope, fromMs: number, toMs: number): Promise<WindowTotals>
  /** The same of each function of the workspace that ran in the window. */
  totalsByFunction(
    workspaceId: string,
    fromMs: number,
    toMs: number,
  ): Promise<ReadonlyMap<string, WindowTotals>>
  /** Whole minutes from `fromMs` (rounded down) to `toMs`, those without any CPU time left out. */
  cpuMinutes(functionId: string, fromMs: number, toMs: number): Promise<readonly CpuMinute[]>
  /** Drops what is beyond the retention, and totals that no 24 h window can ask for. */
  prune(retention: Retention, nowMs: number): Promise<void>
}

/** Places of executions in the log, newest first, and the number of all that are kept. */
export interface ExecutionPlaces {
  readonly seqs: readonly number[]
  readonly total: number
}

/** Characters of the last printed line that its head keeps. */
const LAST_LINE_LENGTH = 200

/** What lists show of an execution. */
export function toHead(record: ExecutionRecord): ExecutionHead {
  const { failure, request: _, response: __, lines, logsTruncated: ___, ...fields } = record
  return {
    ...fields,
    failureCode: failure?.code ?? null,
    lastLine: lines.at(-1)?.text.slice(0, LAST_LINE_LENGTH) ?? null,
  }
}

/** Where rows live. Adapters: `node:sqlite`, memory (`./testing`). One contract suite runs over all. */
export interface Tables {
  readonly workspaces: WorkspaceTable
  readonly functions: FunctionTable
  readonly executions: ExecutionTable
  /** Finishes deletions that were cut off half-way: drops what is left of gone functions. Idempotent. */
  purge(): Promise<void>
  close(): Promise<void>
}

/** How long totals must be kept for a 24 h window. */
export const TOTALS_KEPT_MS: number = 25 * 60 * 60 * 1000
