import type { GuestHost } from '../../abi/guest-host.ts'
import { isSeeded, isStepped } from '../../abi/wasi-senses.ts'
import type { SeededRandom, SteppedClock } from '../../containers/types.ts'
import { ContainerSecurityError } from '../../errors.ts'

/** What a module gets from its container where the two do not share a thread: plain data. */
export interface HostPlan extends Pick<
  GuestHost,
  | 'name'
  | 'allowedImports'
  | 'environment'
  | 'mounts'
  | 'fileSystemAccess'
  | 'crossContainerComm'
  | 'syscallFilter'
  | 'maxOutputBytes'
  | 'network'
> {
  readonly maxCpuTimeMs: number
  readonly maxFuel: bigint | undefined
  readonly clock: SteppedClock | undefined
  readonly random: SeededRandom | undefined
}

/** Throws `ContainerSecurityError` (`FORBIDDEN`) for what only the calling thread can give: functions, files, and as functions time and random bytes. */
export function toHostPlan(host: GuestHost, where: string): HostPlan {
  if (Object.keys(host.imports).length > 0) refuse('imports', where)
  if (host.givesFiles) refuse('files', where)
  const { clock, random } = host
  if (clock !== undefined && !isStepped(clock))
    refuse('clock', where, 'Functions stay in their thread: give { startMs, stepMs }')
  if (random !== undefined && !isSeeded(random))
    refuse('random', where, 'Functions stay in their thread: give a { seed }')
  const { name, allowedImports, environment, fileSystemAccess, crossContainerComm } = host
  return {
    name,
    allowedImports,
    environment,
    mounts: host.mounts,
    fileSystemAccess,
    crossContainerComm,
    syscallFilter: host.syscallFilter,
    maxOutputBytes: host.maxOutputBytes,
    network: host.network,
    maxCpuTimeMs: host.budget.maxCpuTimeMs,
    maxFuel: host.budget.maxFuel,
    clock,
    random,
  }
}

/** Where no thread can wait for another, or none of ours is there to keep to the list of hosts. */
export function refuseNetwork({ network }: Pick<GuestHost, 'network'>, where: string): void {
  if (network !== undefined) refuse('networkAccess', where)
}

/** Where the lock opens no file of the host. */
export function refuseMounts({ mounts }: Pick<GuestHost, 'mounts'>, where: string): void {
  if (mounts !== undefined)
    refuse(
      'mounts',
      where,
      'Such a process opens no file of the host. Leave it out, take execution "worker"',
    )
}

function refuse(option: string, where: string, instead = 'Leave it out'): never {
  throw new ContainerSecurityError(
    `The option ${option} is refused: it cannot be had in ${where}. ${instead}, or run the container with execution "in-thread".`,
    'FORBIDDEN',
    { option },
  )
}
