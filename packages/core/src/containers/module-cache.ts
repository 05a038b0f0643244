import type { LimitPlan, PreparedModule } from '../abi/prepare.ts'

import type { Source } from './source.ts'

interface Entry {
  readonly prepared: Promise<PreparedModule>
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
  readonly #entries = new Map<string, Entry>()
  /** How many instances run a module. */
  readonly #held = new Map<PreparedModule, number>()

  constructor(limits: ModuleCacheLimits) {
    this.#limits = limits
  }

  usage(): { readonly bytes: number; readonly modules: number } {
    const sizes = [...this.#entries.values()].map(sizeOf)
    return { bytes: sizes.reduce((sum, one) => sum + one, 0), modules: sizes.length }
  }

  /** Prepares at most once at a time what is not there. A failure is not kept. */
  async prepare(
    { bytes, digest }: Pick<Source, 'bytes' | 'digest'>,
    plan: LimitPlan,
  ): Promise<PreparedModule> {
    const key = `${digest} ${keyOf(plan)}`
    const known = this.#entries.get(key)
    if (known !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known.prepared
    }
    const entry: Entry = { prepared: prepare(bytes, plan, digest) }
    this.#entries.set(key, entry)
    try {
      entry.done = await entry.prepared
      return entry.done
    } catch (error) {
      this.#entries.delete(key)
      throw error
    } finally {
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
  digest: string,
): Promise<PreparedModule> {
  const { prepareModule } = await import('../abi/prepare.ts')
  return prepareModule(bytes, plan, digest)
}

function keyOf({ maxPages, meter }: LimitPlan): string {
  return meter === undefined
    ? `${maxPages}`
    : `${maxPages} ${meter.startFuel} ${meter.maxCallDepth}`
}
