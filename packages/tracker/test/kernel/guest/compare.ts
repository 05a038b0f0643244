import { setTimeout as sleep } from 'node:timers/promises'
import { dockerSource } from '../../../src/docker/index.ts'
import type { CgroupMeterOptions } from '../../../src/docker/index.ts'
import type { ContainerSource, ResourceCounters } from '../../../src/index.ts'
import type { Compared, Numbers } from '../report.ts'
import { patienceMs } from './box.ts'
import type { Box } from './box.ts'

export const socketPath = '/run/engine.sock'
export const never: AbortSignal = new AbortController().signal

/** The package's own source, asking the stand-in. */
export const openSource = (cgroups: CgroupMeterOptions = {}): ContainerSource =>
  dockerSource({ host: `unix://${socketPath}`, cgroups })

type Agreement = (compared: Compared) => boolean

const toNumbers = (read: ResourceCounters | Numbers): Numbers => ({
  cpuUsageNs: read.cpuUsageNs,
  memoryUsage: read.memoryUsage,
  memoryLimit: read.memoryLimit,
  pidsCount: read.pidsCount,
  blockRead: read.blockRead,
  blockWrite: read.blockWrite,
  periods: read.periods ?? Number.NaN,
  throttledPeriods: read.throttledPeriods ?? Number.NaN,
  oomKills: read.oomKills ?? Number.NaN,
})

/** One reading through a source, with the kernel's files before and after it. */
export const compare = async (box: Box, source: ContainerSource): Promise<Compared> => {
  const before = toNumbers(box.group.numbers())
  const ours = toNumbers(await source.sample(box.id, never))
  return { before, ours, after: toNumbers(box.group.numbers()) }
}

const areSame: Agreement = ({ before, ours, after }) =>
  new Set([before, ours, after].map((numbers) => JSON.stringify(numbers))).size === 1

/**
 * Compares until the three readings agree; the kernel counts some things in steps and writes them down a little later, so a quiet
 * group needs a moment to be quiet. Gives the last comparison in any case. Without a source each reading is a first one.
 */
export const settle = async (
  box: Box,
  kept?: ContainerSource,
  agree: Agreement = areSame,
): Promise<Compared> => {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const source = kept ?? openSource()
    const found = await compare(box, source)
    if (source !== kept) source.close?.()
    if (agree(found) || performance.now() > deadline) return found
    await sleep(100)
  }
}
