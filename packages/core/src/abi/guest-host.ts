import type { HostFunctions } from '../containers/types.ts'
import type { VirtualFiles } from '../files/types.ts'
import type { BudgetLimits } from './budget.ts'

/** What a container gives its module. */
export interface GuestHost {
  readonly name: string
  readonly budget: BudgetLimits
  readonly imports: HostFunctions
  /** Undefined: the interfaces of the module's own ABI. */
  readonly allowedImports: readonly string[] | undefined
  readonly environment: Readonly<Record<string, string>>
  readonly files: VirtualFiles
  readonly fileSystemAccess: boolean
  readonly syscallFilter: readonly string[] | undefined
  readonly maxOutputBytes: number
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  readonly onLog: (level: number, text: string) => void
  /** Publishes an event for other containers; throws where that is not allowed. */
  readonly emit: (topic: string, data: unknown) => void
}
