import { pagesOf } from '../abi/pages.ts'
import type { LimitPlan } from '../abi/prepare.ts'
import { check, readOptions, type Kind } from './checks.ts'
import { ContainerSecurityError } from '../errors.ts'
import type { VirtualFiles } from '../files/types.ts'
import { resolveNetwork } from '../network/resolve-policy.ts'
import type { NetworkPolicy } from '../network/types.ts'
import {
  anything,
  byteCount,
  callable,
  either,
  flag,
  having,
  numberFrom,
  record,
  text,
  texts,
} from './option-kinds.ts'
import { resolveSenses, type GivenSenses } from './senses.ts'
import type { ContainerConfig, HostFunctions, IsolationPolicy } from './types.ts'

const defaultMaxMemory = 256 << 20
const defaultMaxCpuTime = 30_000
const defaultMaxOutput = 1 << 20
const defaultQuota = { bytes: 16 << 20, inodes: 1024 }
/** For a module's start function, which runs before the clock can be looked at. */
const startFuel = 50_000_000n
const maxPages = 65_536

const configKinds = {
  maxMemory: { ...numberFrom(0), text: byteCount.text },
  maxCpuTime: {
    text: 'a number of milliseconds above 0',
    is: (value) => typeof value === 'number' && value > 0,
  },
  maxFuel: {
    text: 'a bigint above 0, such as 1_000_000n',
    is: (value) => typeof value === 'bigint' && value > 0n,
  },
  maxCallDepth: numberFrom(1),
  allowedImports: texts,
  imports: record,
  persistentData: flag,
  networkAccess: either(flag, record),
  isolation: record,
  runtime: text,
  execution: text,
  environment: record,
  files: having('stat', 'readFile', 'lookup'),
  mounts: record,
  clock: record,
  random: either(callable, record),
  onOutput: callable,
  maxOutputBytes: byteCount,
  initialState: anything,
} satisfies Record<keyof ContainerConfig, Kind>

const isolationKinds = {
  memoryIsolation: flag,
  fileSystemAccess: flag,
  crossContainerComm: flag,
  syscallFilter: texts,
  capabilities: texts,
} satisfies Record<keyof IsolationPolicy, Kind>

/** A configuration with every default in it and nothing left that would not be enforced. */
export interface ResolvedConfig {
  readonly given: ContainerConfig
  readonly isolation: IsolationPolicy
  readonly plan: LimitPlan
  readonly maxMemoryBytes: number
  readonly maxCpuTimeMs: number
  readonly maxOutputBytes: number
  readonly network: NetworkPolicy | undefined
  readonly senses: GivenSenses
  readonly files: () => Promise<VirtualFiles>
}

/** Throws `TypeError` for values out of range and `ContainerSecurityError` (`FORBIDDEN`) for what cannot be enforced. */
export function resolveConfig(config: ContainerConfig): ResolvedConfig {
  const given = readOptions('container', config, configKinds)
  const isolation = resolveIsolation(given.isolation ?? {})
  if (given.mounts !== undefined && !isolation.fileSystemAccess)
    forbidden('mounts', 'isolation.fileSystemAccess is off')
  const maxMemory = given.maxMemory ?? defaultMaxMemory
  const maxCpuTimeMs = given.maxCpuTime ?? defaultMaxCpuTime
  const maxOutputBytes = given.maxOutputBytes ?? defaultMaxOutput
  checkEnvironment(given.environment ?? {})
  checkFunctions(given.imports ?? {})
  const senses = resolveSenses(given)
  const pages = Math.min(pagesOf(maxMemory), maxPages)
  return {
    given,
    isolation,
    plan: { maxPages: pages, meter: meterPlan(given, maxCpuTimeMs) },
    maxMemoryBytes: pages * 65_536,
    maxCpuTimeMs,
    maxOutputBytes,
    network: resolveNetwork(given.networkAccess),
    senses,
    files: createFiles({
      ...(given.files === undefined ? {} : { files: given.files }),
      clock: senses.clock,
    }),
  }
}

function meterPlan(given: ContainerConfig, maxCpuTimeMs: number): LimitPlan['meter'] {
  const { maxFuel, maxCallDepth = 10_000 } = given
  const isOpen = maxCpuTimeMs === Infinity && maxFuel === undefined
  if (isOpen && given.maxCallDepth === undefined) return undefined
  const fuel = maxFuel !== undefined && maxFuel < startFuel ? maxFuel : startFuel
  return { startFuel: fuel, maxCallDepth }
}

function resolveIsolation(given: Partial<IsolationPolicy>): IsolationPolicy {
  const isolation: IsolationPolicy = {
    memoryIsolation: true,
    fileSystemAccess: false,
    crossContainerComm: false,
    ...readOptions<Partial<IsolationPolicy>>('isolation', given, isolationKinds),
  }
  if (!isolation.memoryIsolation)
    forbidden('memoryIsolation: false', 'every container has a memory of its own')
  if (isolation.capabilities !== undefined && isolation.capabilities.length > 0)
    forbidden('capabilities', 'Linux capabilities mean nothing to a module inside this process')
  return isolation
}

/** A filter with a name that WASI does not have is refused, also where the module uses no WASI. */
export async function checkSystemCalls({ syscallFilter }: IsolationPolicy): Promise<void> {
  if (syscallFilter === undefined) return
  const { systemCalls } = await import('../wasi/system-calls.ts')
  const unknown = syscallFilter.find((name) => !Object.hasOwn(systemCalls, name))
  if (unknown !== undefined)
    forbidden(`syscallFilter "${unknown}"`, 'WASI preview 1 has no such function')
}

/** Mounts that cannot be are refused also where the module uses no WASI. */
export async function checkMounts({ mounts }: ContainerConfig): Promise<void> {
  if (mounts !== undefined) (await import('../files/host/open-mounts.ts')).checkMounts(mounts)
}

/** Files are made when a module asks, and loaded with what makes them. */
export function createFiles({
  files,
  clock,
}: Pick<ContainerConfig, 'files'> & Pick<GivenSenses, 'clock'>): () => Promise<VirtualFiles> {
  let made: Promise<VirtualFiles> | undefined = files && Promise.resolve(files)
  return () => (made ??= emptyFiles(clock))
}

async function emptyFiles(given: GivenSenses['clock']): Promise<VirtualFiles> {
  const [{ createVirtualFiles }, { openSenses }] = await Promise.all([
    import('../files/virtual-files.ts'),
    import('../abi/wasi-senses.ts'),
  ])
  if (given === undefined) return createVirtualFiles({ quota: defaultQuota })
  const { clock } = openSenses({ clock: given, random: undefined })
  const now = (): number => Number(clock.realtimeNs() / 1_000_000n)
  return createVirtualFiles({ quota: defaultQuota, now })
}

function checkEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(environment)) {
    check(typeof value === 'string', `environment "${name}" is text`)
    check(
      name !== '' && !/[=\0]/.test(name) && !value.includes('\0'),
      `environment names and values hold no NUL, and names are not empty and hold no "="`,
    )
  }
}

function checkFunctions(imports: HostFunctions): void {
  for (const [module, functions] of Object.entries(imports)) {
    check(record.is(functions), `imports "${module}" is an object with functions`)
    for (const [name, one] of Object.entries(functions))
      check(callable.is(one), `imports "${module}.${name}" is a function`)
  }
}

function forbidden(option: string, reason: string): never {
  throw new ContainerSecurityError(`The option ${option} is refused: ${reason}.`, 'FORBIDDEN', {
    option,
  })
}
