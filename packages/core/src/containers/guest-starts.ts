import type { GuestHost } from '../abi/guest-host.ts'
import type { PreparedModule } from '../abi/prepare.ts'
import type { RuntimeAdapter } from '../runtimes/runtime-adapter.ts'
import type { StartedGuest } from './container-ports.ts'
import { MemoryPool } from './memory-pool.ts'
import type { ModuleCache } from './module-cache.ts'
import type { ResolvedConfig } from './options.ts'

/** Where a module runs, and with what. */
export interface GuestPlace {
  readonly runtime: RuntimeAdapter
  readonly config: ResolvedConfig
  readonly host: GuestHost
}

/** Starts modules, and counts what each takes until it is closed. */
export class GuestStarts {
  readonly #cache: ModuleCache
  readonly #memory: MemoryPool

  constructor(cache: ModuleCache, memoryPoolBytes: number) {
    this.#cache = cache
    this.#memory = new MemoryPool(memoryPoolBytes)
  }

  /** Rejects with `CAPACITY` where the pool has too little left, and as the runtime does. */
  async start(
    prepared: PreparedModule,
    { runtime, config, host }: GuestPlace,
  ): Promise<StartedGuest> {
    const giveBack = this.#memory.take(config.maxMemoryBytes)
    const letGo = this.#cache.hold(prepared)
    const release = (): void => {
      giveBack()
      letGo()
    }
    try {
      return { guest: await runtime.start(prepared, host), prepared, release }
    } catch (error) {
      release()
      throw error
    }
  }
}
