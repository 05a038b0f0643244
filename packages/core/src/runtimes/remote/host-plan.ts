import type { GuestHost } from '../../abi/guest-host.ts'
import { ContainerSecurityError } from '../../errors.ts'

/** What a module gets from its container where the two do not share a thread: plain data. */
export interface HostPlan extends Pick<
  GuestHost,
  | 'name'
  | 'allowedImports'
  | 'environment'
  | 'fileSystemAccess'
  | 'crossContainerComm'
  | 'syscallFilter'
  | 'maxOutputBytes'
  | 'network'
> {
  readonly maxCpuTimeMs: number
  readonly maxFuel: bigint | undefined
}

/** Throws `ContainerSecurityError` (`FORBIDDEN`) for what only the calling thread can give: functions, files, time and random bytes of its own. */
export function toHostPlan(host: GuestHost, where: string): HostPlan {
  if (Object.keys(host.imports).length > 0) refuse('imports', where)
  if (host.givesFiles) refuse('files', where)
  if (host.clock !== undefined) refuse('clock', where)
  if (host.random !== undefined) refuse('random', where)
  const { name, allowedImports, environment, fileSystemAccess, crossContainerComm } = host
  return {
    name,
    allowedImports,
    environment,
    fileSystemAccess,
    crossContainerComm,
    syscallFilter: host.syscallFilter,
    maxOutputBytes: host.maxOutputBytes,
    network: host.network,
    maxCpuTimeMs: host.budget.maxCpuTimeMs,
    maxFuel: host.budget.maxFuel,
  }
}

/** Where no thread can wait for another, or none of ours is there to keep to the list of hosts. */
export function refuseNetwork({ network }: Pick<GuestHost, 'network'>, where: string): void {
  if (network !== undefined) refuse('networkAccess', where)
}

function refuse(option: string, where: string): never {
  throw new ContainerSecurityError(
    `The option ${option} is refused: it cannot be had in ${where}. Leave it out, or run the container with execution "in-thread".`,
    'FORBIDDEN',
    { option },
  )
}
