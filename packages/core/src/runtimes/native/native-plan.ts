import { wasiModule } from '../../abi/detect.ts'
import type { GuestHost } from '../../abi/guest-host.ts'
import type { AbiName } from '../../abi/guest.ts'
import type { PreparedModule } from '../../abi/prepare.ts'
import { ContainerSecurityError, ContainerStartupError } from '../../errors.ts'
import { refuseNetwork, toHostPlan, type HostPlan } from '../remote/host-plan.ts'

const abis: ReadonlySet<AbiName> = new Set(['native', 'plain', 'wasi-reactor'])

interface ToPlan {
  readonly prepared: PreparedModule
  readonly host: GuestHost
  readonly engine: string
}

/** Refuses what only this thread, or nothing here, could give. */
export function planFor({ prepared, host, engine }: ToPlan): HostPlan {
  const plan = toHostPlan(host, `the process of ${engine}`)
  refuseNetwork(host, `the process of ${engine}`)
  const { abi, shape } = prepared
  if (!abis.has(abi)) {
    throw new ContainerStartupError(
      `Modules of the ABI "${abi}" do not run in ${engine} yet; take the runtime "nodejs".`,
      'MODULE_UNSUPPORTED',
      { abi, runtime: engine },
    )
  }
  if (plan.fileSystemAccess) {
    throw new ContainerSecurityError(
      `The option fileSystemAccess is refused: modules in ${engine} have no files.`,
      'FORBIDDEN',
      { option: 'isolation.fileSystemAccess' },
    )
  }
  const allowed = (name: string): boolean =>
    plan.allowedImports === undefined
      ? name.startsWith(`${wasiModule}.`) || (abi === 'native' && isGaesup(name))
      : plan.allowedImports.includes(name)
  const forbidden = shape.imports
    .map(({ module, name }) => `${module}.${name}`)
    .filter((name) => !allowed(name))
  if (forbidden.length > 0) {
    throw new ContainerSecurityError(
      `The module imports what it may not have: ${forbidden.slice(0, 5).join(', ')}. In ${engine} it gets WASI and its ABI's own functions only.`,
      'FORBIDDEN',
      { imports: forbidden },
    )
  }
  return plan
}

function isGaesup(name: string): boolean {
  return ['error', 'log', 'emit', 'state_set', 'state_get'].includes(name.replace(/^gaesup\./, ''))
}
