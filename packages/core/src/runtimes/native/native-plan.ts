import { extismModule, wasiModule } from '../../abi/detect.ts'
import { kernelFunctions } from '../../abi/extism/linked.ts'
import type { AbiName } from '../../abi/guest.ts'
import { ContainerSecurityError, ContainerStartupError } from '../../errors.ts'
import { systemCalls } from '../../wasi/system-calls.ts'
import { refuseNetwork, toHostPlan, type HostPlan } from '../remote/host-plan.ts'
import type { NativeStart } from './native-module.ts'

type OwnAbi = Exclude<AbiName, 'component'>

const gaesup = ['error', 'log', 'emit', 'http', 'state_set', 'state_get', 'clock', 'random']
const assemblyScript = ['abort', 'seed', 'trace', 'console.log']
const extism = [
  ...kernelFunctions,
  'config_get',
  'var_get',
  'var_set',
  'http_request',
  'http_status_code',
  'http_headers',
  'log_error',
  'log_warn',
  'log_info',
  'log_debug',
  'log_trace',
  'get_log_level',
]

/** What modules of an ABI may import, besides WASI. */
const interfaces: Readonly<Record<OwnAbi, readonly string[]>> = {
  native: gaesup.map((name) => `gaesup.${name}`),
  assemblyscript: assemblyScript.map((name) => `env.${name}`),
  extism: extism.map((name) => `${extismModule}.${name}`),
  plain: [],
  'wasi-command': [],
  'wasi-reactor': [],
}

/** Refuses what only this thread, or nothing here, could give. */
export function planFor(start: NativeStart): HostPlan {
  const { prepared, host, engine } = start
  // Whatever the module asks for is answered in this thread, where functions are at home.
  const plan = toHostPlan(
    { ...host, clock: undefined, random: undefined },
    `the process of ${engine}`,
  )
  refuseNetwork(host, `the process of ${engine}`)
  const { abi, shape } = prepared
  if (abi === 'component') refuse(start, 'components run through JavaScript')
  if (abi === 'extism' && start.hasMemories !== true)
    refuse(start, 'plugins of Extism need an engine with several memories')
  if (shape.hasTailCalls && start.hasTailCalls !== true)
    refuse(start, 'this one makes tail calls, which that engine is not known to take')
  if (plan.fileSystemAccess) {
    throw new ContainerSecurityError(
      `The option fileSystemAccess is refused: modules in ${engine} have no files. Leave it out, or take the runtime "nodejs".`,
      'FORBIDDEN',
      { option: 'isolation.fileSystemAccess' },
    )
  }
  const provided = new Set(interfaces[abi])
  for (const name of Object.keys(systemCalls)) provided.add(`${wasiModule}.${name}`)
  const imports = shape.imports.map(({ module, name }) => `${module}.${name}`)
  const allowed = plan.allowedImports === undefined ? provided : new Set(plan.allowedImports)
  const forbidden = imports.filter((name) => !allowed.has(name) || !provided.has(name))
  if (forbidden.length > 0) {
    throw new ContainerSecurityError(
      `The module imports what it may not have: ${forbidden.slice(0, 5).join(', ')}. In ${engine} it gets WASI and its ABI's own functions only.`,
      'FORBIDDEN',
      { imports: forbidden },
    )
  }
  return plan
}

function refuse({ prepared, engine }: NativeStart, why: string): never {
  throw new ContainerStartupError(
    `Modules of the ABI "${prepared.abi}" do not run in ${engine}: ${why}. Take the runtime "nodejs".`,
    'MODULE_UNSUPPORTED',
    { abi: prepared.abi, runtime: engine },
  )
}
