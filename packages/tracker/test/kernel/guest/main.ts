/** What runs in the kernel of the test: makes containers with known loads, reads them through the package, and writes down what it found. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import type { Layout, Report } from '../report.ts'
import { Box } from './box.ts'
import type { World } from './box.ts'
import { never, openSource, socketPath } from './compare.ts'
import { Engine } from './engine.ts'
import { prepare } from './hierarchy.ts'
import { end, nest, recreate } from './lives.ts'
import {
  allowMoreThanThereIs,
  runOutOfMemory,
  useCpu,
  useDisk,
  useMemory,
  useProcesses,
} from './loads.ts'

const layout: Layout = process.argv[2] === 'hybrid' ? 'hybrid' : 'unified'

/** One container's folders shown at another place, as container managers do: not where the hierarchy is. */
const showElsewhere = (box: Box): void => {
  for (const [number, folder] of box.group.folders.entries()) {
    mkdirSync(`/run/elsewhere/${number}`, { recursive: true })
    execFileSync('mount', ['--bind', folder, `/run/elsewhere/${number}`])
  }
}

const pathsOf = async (box: Box): Promise<readonly string[]> => {
  const source = openSource()
  await source.sample(box.id, never)
  const found = source.statsPath?.(box.id)
  source.close?.()
  return [found?.path ?? '', found?.reason ?? '']
}

const engine = new Engine()
await engine.listen(socketPath)
prepare(layout)
const world: World = { layout, engine }
const elsewhere = new Box(world, 'elsewhere')
showElsewhere(elsewhere)
const report: Report = {
  kernel: release(),
  paths: await pathsOf(elsewhere),
  ...(await useMemory(world)),
  ...(await useProcesses(world)),
  ...(await useDisk(world)),
  ...(await useCpu(world)),
  killed: await runOutOfMemory(world),
  generous: await allowMoreThanThereIs(world),
  nested: await nest(world),
  ended: await end(world),
  recreated: await recreate(world),
}
writeFileSync('/run/out/report.tmp', JSON.stringify(report))
renameSync('/run/out/report.tmp', '/run/out/report.json')
process.exit()
