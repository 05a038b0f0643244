import { readSections, SectionId } from '../../binary/sections.ts'
import { ContainerStartupError } from '../../errors.ts'
import type { LimitPlan, PreparedModule } from '../prepare.ts'
import { transpileComponent, type TranspiledComponent } from './transpile.ts'

/** A component whose core modules have limits in them. Plain data and modules, so that it can go to another thread. */
export interface PreparedComponent extends Omit<TranspiledComponent, 'cores'> {
  readonly cores: ReadonlyMap<string, PreparedModule>
}

/** Throws as `transpileComponent` does, and for core modules as `prepareModule` does. */
export async function prepareComponent(
  bytes: Uint8Array,
  plan: LimitPlan,
  how: {
    readonly digest: string
    readonly prepare: (
      bytes: Uint8Array,
      plan: LimitPlan,
      digest: string,
    ) => Promise<PreparedModule>
  },
): Promise<PreparedModule> {
  const { cores, ...rest } = await transpileComponent(bytes)
  const memories = [...cores.values()].filter(hasOwnMemory).length
  if (memories > 1)
    throw new ContainerStartupError(
      `The component has ${memories} memories; maxMemory is kept for one.`,
      'MODULE_UNSUPPORTED',
      { feature: 'several memories' },
    )
  const prepared = await Promise.all(
    [...cores].map(
      async ([name, core]) =>
        [name, await how.prepare(core, plan, `${how.digest}/${name}`)] as const,
    ),
  )
  const first = prepared[0]?.[1]
  if (first === undefined)
    throw new ContainerStartupError('The component has no code.', 'MODULE_INVALID')
  return {
    ...first,
    abi: 'component',
    digest: how.digest,
    sizeBytes: prepared.reduce((sum, [, { sizeBytes }]) => sum + sizeBytes, rest.glue.length),
    component: { ...rest, cores: new Map(prepared) },
  }
}

function hasOwnMemory(core: Uint8Array): boolean {
  return readSections(core).some(({ id }) => id === SectionId.memory)
}
