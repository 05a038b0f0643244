import type { Guest } from '../abi/guest.ts'
import type { PreparedModule } from '../abi/prepare.ts'
import type { ContainerEvents } from '../events/container-events.ts'
import type { EventBus } from '../events/event-bus.ts'
import type { ContainerInstance } from './instance.ts'
import type { ResolvedConfig } from './options.ts'
import type { ContainerSnapshot } from './snapshot.ts'
import type { Clock, Execution, StateStore, WASMRuntime } from './types.ts'
import type { ContainerSource } from './source.ts'

export interface StartedGuest {
  readonly guest: Guest
  readonly prepared: PreparedModule
  /** Gives back what its manager counts for it; call it once the guest is closed. */
  readonly release: () => void
}

export interface LoadedModule {
  readonly prepared: PreparedModule
  readonly version: string
}

/** What a container needs from its manager. */
export interface ContainerPorts {
  readonly id: string
  readonly name: string
  readonly version: string
  /** Under which its state is kept. */
  readonly stateKey: string
  readonly runtime: WASMRuntime
  readonly execution: Execution
  readonly config: ResolvedConfig
  readonly clock: Clock
  readonly events: EventBus<ContainerEvents>
  readonly collectsMetrics: boolean
  /** Whether each function is measured. */
  readonly profiles: boolean
  /** Undefined where the state is not kept. */
  readonly stateStore: StateStore | undefined
  readonly load: (source: ContainerSource, signal: AbortSignal) => Promise<LoadedModule>
  readonly start: (prepared: PreparedModule) => Promise<StartedGuest>
  readonly fork: (
    prepared: PreparedModule,
    snapshot: ContainerSnapshot,
  ) => Promise<ContainerInstance>
  readonly onStopped: (instance: ContainerInstance) => void
}
