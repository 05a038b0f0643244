import type { LimitPlan, PreparedModule, PreparePorts } from '../abi/prepare.ts'
import { ContainerError } from '../errors.ts'
import { raceAbort } from './race-abort.ts'
import type { Source } from './source.ts'

interface Entry {
  readonly prepared: Promise<PreparedModule>
  /** Ends what is under way, when nobody waits for it any more. */
  readonly abort: AbortController
  waiting: number
  /** Once it is compiled. */
  done?: PreparedModule
}

export interface ModuleCacheLimits {
  readonly maxBytes: number
  /** Above this, modules that nothing runs are let go. */
  readonly maxIdleBytes?: number | undefined
}

/** Compiled modules by digest and limits. The least recently used go when their compiled bytes are more than allowed. */
export class ModuleCache {
  readonly #limits: ModuleCacheLimits
  readonly #transpiler: PreparePorts['transpiler']
  readonly #entries = new Map<string, Entry>()
  /** How many instances run a module. */
  readonly #held = new Map<PreparedModule, number>()

  constructor(limits: ModuleCacheLimits, transpiler: PreparePorts['transpiler']) {
    this.#limits = limits
    this.#transpiler = transpiler
  }

  usage(): { readonly bytes: number; readonly modules: number } {
    const sizes = [...this.#entries.values()].map(sizeOf)
    return { bytes: sizes.reduce((sum, one) => sum + one, 0), modules: sizes.length }
  }

  /**
   * Prepares at most once at a time what is not there. A failure is not kept. The signal ends the waiting with `ABORTED`, and the work when nobody else
   * waits for it.
   */
  async prepare(
    source: Pick<Source, 'bytes' | 'digest'>,
    plan: LimitPlan,
    signal?: AbortSignal,
  ): Promise<PreparedModule> {
    const key = `${source.digest} ${keyOf(plan)}`
    const entry = this.#entries.get(key) ?? this.#begin(source, plan)
    // The last one is the one that was used last.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.waiting += 1
    try {
      if (signal === undefined) return await entry.prepared
      return await raceAbort(entry.prepared, signal, aborted)
    } catch (error) {
      const isLast = entry.waiting === 1
      if (isLast) entry.abort.abort(error)
      if (isLast && this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    } finally {
      entry.waiting -= 1
      this.#evict(this.#limits.maxBytes, () => true)
    }
  }

  /** An instance runs it until it calls what it gets, once. */
  hold(prepared: PreparedModule): () => void {
    this.#count(prepared, 1)
    this.#evictIdle()
    let isHeld = true
    return () => {
      if (isHeld) this.#count(prepared, -1)
      isHeld = false
      this.#evictIdle()
    }
  }

  clear(): void {
    this.#entries.clear()
  }

  #begin({ bytes, digest }: Pick<Source, 'bytes' | 'digest'>, plan: LimitPlan): Entry {
    const abort = new AbortController()
    const { signal } = abort
    const prepared = prepare(bytes, plan, { digest, transpiler: this.#transpiler, signal })
    const entry: Entry = { prepared, abort, waiting: 0 }
    void prepared.then(
      (done) => (entry.done = done),
      () => undefined,
    )
    return entry
  }

  #count(prepared: PreparedModule, more: number): void {
    const count = (this.#held.get(prepared) ?? 0) + more
    if (count === 0) this.#held.delete(prepared)
    else this.#held.set(prepared, count)
  }

  #evictIdle(): void {
    const { maxIdleBytes } = this.#limits
    if (maxIdleBytes !== undefined) this.#evict(maxIdleBytes, (one) => !this.#held.has(one))
  }

  #evict(maxBytes: number, mayGo: (prepared: PreparedModule) => boolean): void {
    let { bytes } = this.usage()
    for (const [key, entry] of this.#entries) {
      if (bytes <= maxBytes) return
      if (entry.done === undefined || !mayGo(entry.done)) continue
      this.#entries.delete(key)
      bytes -= sizeOf(entry)
    }
  }
}

function sizeOf({ done }: Entry): number {
  return done?.sizeBytes ?? 0
}

/** What reads and rewrites modules is loaded when the first one comes. */
async function prepare(
  bytes: Uint8Array,
  plan: LimitPlan,
  ports: PreparePorts,
): Promise<PreparedModule> {
  const { prepareModule } = await import('../abi/prepare.ts')
  return prepareModule(bytes, plan, ports)
}

function aborted(cause: unknown): ContainerError {
  return new ContainerError('The start was aborted.', 'ABORTED', { cause })
}

function keyOf({ maxPages, meter }: LimitPlan): string {
  return meter === undefined
    ? `${maxPages}`
    : `${maxPages} ${meter.startFuel} ${meter.maxCallDepth}`
}
