import { contentOf, readSections, SectionId } from '../../binary/sections.ts'
import { ByteCursor, unsupported } from '../../binary/byte-cursor.ts'
import { ContainerStartupError } from '../../errors.ts'
import type { LimitPlan, PreparedModule, PreparePorts } from '../prepare.ts'
import type { TranspiledComponent } from './take-apart.ts'

const pageBytes = 65_536
const mostInstances = 64
const mostTables = 8

/** A component whose core modules have limits in them. Plain data and modules, so that it can go to another thread. */
export interface PreparedComponent extends Omit<TranspiledComponent, 'cores'> {
  readonly cores: ReadonlyMap<string, PreparedModule>
  /** Of all its memories together. */
  readonly maxMemoryBytes: number
}

interface ComponentPorts extends PreparePorts {
  readonly prepare: (
    bytes: Uint8Array,
    plan: LimitPlan,
    ports: PreparePorts,
  ) => Promise<PreparedModule>
}

/**
 * Memories share `maxMemory` evenly. Throws as `Transpiler.transpile` does, and for core modules as `prepareModule` does; without a transpiler
 * `ContainerStartupError` (`MODULE_UNSUPPORTED`).
 */
export async function prepareComponent(
  bytes: Uint8Array,
  plan: LimitPlan,
  { digest, transpiler, signal, prepare }: ComponentPorts,
): Promise<PreparedModule> {
  if (transpiler === undefined) unsupported('components in glue of others')
  const { cores, ...rest } = await transpiler.transpile(bytes, signal)
  if (cores.size > mostInstances) unsupported(`more than ${mostInstances} core modules`)
  const share = { ...plan, maxPages: sharePages(cores, rest.instances, plan) }
  const prepared = await Promise.all(
    [...cores].map(
      async ([name, core]) =>
        [name, await prepare(core, share, { digest: `${digest}/${name}` })] as const,
    ),
  )
  const first = prepared[0]?.[1]
  if (first === undefined)
    throw new ContainerStartupError('The component has no code.', 'MODULE_INVALID')
  return {
    ...first,
    abi: 'component',
    digest,
    sizeBytes: prepared.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, rest.glue.length),
    component: { ...rest, cores: new Map(prepared), maxMemoryBytes: plan.maxPages * pageBytes },
  }
}

/** A module that is instantiated twice has two memories and twice its tables. */
function sharePages(
  cores: ReadonlyMap<string, Uint8Array>,
  instances: readonly string[],
  { maxPages }: LimitPlan,
): number {
  const count = (name: string, id: SectionId): number => countOf(cores.get(name), id)
  const sum = (id: SectionId): number => instances.reduce((all, name) => all + count(name, id), 0)
  if (instances.length > mostInstances) unsupported(`more than ${mostInstances} core instances`)
  if (sum(SectionId.table) > mostTables) unsupported(`more than ${mostTables} tables`)
  return Math.floor(maxPages / Math.max(1, sum(SectionId.memory)))
}

function countOf(core: Uint8Array | undefined, id: SectionId): number {
  const content = core === undefined ? undefined : contentOf(readSections(core), id)
  return content === undefined ? 0 : new ByteCursor(content).u32()
}
