import type { Clock } from '../clock.ts'
import type { Objects } from './objects.ts'
import type { Tables } from './tables.ts'

/** Whether one part of the storage works. */
export type StorageState =
  | { readonly status: 'ok' }
  | {
      readonly status: 'degraded'
      /** What it said last, without any path, e.g. `database or disk is full`. */
      readonly reason: string
      /** Milliseconds since the epoch. */
      readonly sinceMs: number
    }

/** `degraded` from a failure on until a call of the same kind, a read or a write, succeeds again. */
export interface StorageHealth {
  /** Workspaces, functions and executions. */
  readonly tables: StorageState
  /** Code of functions. */
  readonly objects: StorageState
}

type Part = keyof StorageHealth

/** A store that failed: not what it answers, but that it does not. */
export class StorageFault extends Error {
  override readonly name = 'StorageFault'
  readonly storage: Part
  /** Fit to be shown to a caller. */
  readonly reason: string

  constructor(storage: Part, cause: unknown) {
    // The message is for the platform's owner.
    super(`the ${storage} failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
    this.storage = storage
    this.reason = reasonOf(cause)
  }
}

export interface WatchedStorage {
  readonly tables: Tables
  readonly objects: Objects
  health(): StorageHealth
}

const WRITES: ReadonlySet<string> = new Set([
  'insert',
  'update',
  'delete',
  'append',
  'prune',
  'purge',
  'put',
])

/** The same storage, whose failures are `StorageFault`s and are remembered until it works again. */
export function watchStorage(
  { tables, objects }: { readonly tables: Tables; readonly objects: Objects },
  clock: Clock,
): WatchedStorage {
  const states = { tables: new PartState(clock), objects: new PartState(clock) }
  const of = <Store extends object>(part: Part, store: Store): Store =>
    guard(store, (isWrite, call) => states[part].note(part, isWrite, call))
  return {
    tables: {
      workspaces: of('tables', tables.workspaces),
      functions: of('tables', tables.functions),
      executions: of('tables', tables.executions),
      purge: () => states.tables.note('tables', true, () => tables.purge()),
      close: () => tables.close(),
    },
    objects: of('objects', objects),
    health: () => ({ tables: states.tables.show(), objects: states.objects.show() }),
  }
}

type Call = () => Promise<unknown>

/** The same object, each method of which goes through `around`. */
function guard<Store extends object>(
  store: Store,
  around: (isWrite: boolean, call: Call) => Promise<unknown>,
): Store {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function' || typeof name !== 'string') return method
      return (...given: unknown[]) =>
        around(WRITES.has(name), async () => Reflect.apply(method, target, given) as unknown)
    },
  })
}

class PartState {
  readonly #clock: Clock
  #faults: { readonly isWrite: boolean; readonly reason: string; readonly sinceMs: number }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async note<Value>(part: Part, isWrite: boolean, call: () => Promise<Value>): Promise<Value> {
    try {
      const value = await call()
      if (this.#faults.length > 0) this.#forget(isWrite)
      return value
    } catch (cause) {
      const fault = new StorageFault(part, cause)
      const sinceMs = this.#forget(isWrite) ?? this.#clock.now()
      this.#faults.push({ isWrite, reason: fault.reason, sinceMs })
      throw fault
    }
  }

  show(): StorageState {
    const fault = this.#faults.at(-1)
    if (fault === undefined) return { status: 'ok' }
    return { status: 'degraded', reason: fault.reason, sinceMs: fault.sinceMs }
  }

  /** When the fault of this kind began, if there was one. */
  #forget(isWrite: boolean): number | undefined {
    const old = this.#faults.find((fault) => fault.isWrite === isWrite)
    this.#faults = this.#faults.filter((fault) => fault !== old)
    return old?.sinceMs
  }
}

/** What the system or SQLite calls it; their messages may hold paths. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown reason'
  if ('errstr' in cause && typeof cause.errstr === 'string') return cause.errstr
  const code = 'code' in cause ? String(cause.code) : ''
  if (/^E[A-Z0-9]+$/.test(code)) return code
  return code === 'ERR_INVALID_STATE' || code === 'DATABASE_GONE' ? cause.message : 'unknown reason'
}
