import type { LimitPlan, PreparedModule } from '../abi/prepare.ts'

import type { Source } from './source.ts'

interface Entry {
  readonly prepared: Promise<PreparedModule>
  /** 0 until it is compiled. */
  sizeBytes: number
}

/** Compiled modules by digest and limits. The least recently used go when their compiled bytes are more than allowed. */
export class ModuleCache {
  readonly #maxBytes: number
  readonly #entries = new Map<string, Entry>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  usage(): { readonly bytes: number; readonly modules: number } {
    const sizes = [...this.#entries.values()].map(({ sizeBytes }) => sizeBytes)
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
    const entry: Entry = { prepared: prepare(bytes, plan, digest), sizeBytes: 0 }
    this.#entries.set(key, entry)
    try {
      const prepared = await entry.prepared
      entry.sizeBytes = prepared.sizeBytes
      return prepared
    } catch (error) {
      this.#entries.delete(key)
      throw error
    } finally {
      this.#evict()
    }
  }

  clear(): void {
    this.#entries.clear()
  }

  #evict(): void {
    let { bytes } = this.usage()
    for (const [key, { sizeBytes }] of this.#entries) {
      if (bytes <= this.#maxBytes) return
      if (sizeBytes === 0) continue
      this.#entries.delete(key)
      bytes -= sizeBytes
    }
  }
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
