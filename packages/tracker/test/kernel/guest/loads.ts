import { closeSync, openSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ResourceMonitor } from '../../../src/index.ts'
import { cgroupFilesOf, v1Files, v2Files } from '../../docker/cgroup-files.ts'
import type { Compared, Measured, Report } from '../report.ts'
import { Box, patienceMs, until } from './box.ts'
import type { World } from './box.ts'
import { compare, never, openSource, settle } from './compare.ts'

const mib = 1024 * 1024
const disk = '/dev/ubda'

/** 48 MiB in a buffer of `dd`, which then waits for a reader; then 16 MiB of a disk in the page cache. */
export const useMemory = async (world: World): Promise<Pick<Report, 'allocated' | 'cached'>> => {
  const allocate = 'dd if=/dev/zero bs=48M count=1 | sleep 1000'
  const box = new Box(world, 'memory', {
    limits: { memoryBytes: 256 * mib },
    command: ['sh', '-c', allocate],
  })
  await until('48 MiB are in use', () => box.group.numbers().memoryUsage >= 48 * mib)
  const allocated = await settle(box)
  const source = openSource()
  await source.sample(box.id, never)
  // The kernel drops a disk's pages when nobody has it open any more.
  const held = openSync(disk, 'r')
  await box.run(['dd', `if=${disk}`, 'of=/dev/null', 'bs=1M', 'count=16'])
  // A source that is kept reads the page cache again when memory moved by 1 %, and the bytes from the disk seldom.
  const settled = await settle(
    box,
    source,
    ({ ours, after }) => Math.abs(ours.memoryUsage - after.memoryUsage) < mib,
  )
  const cached = { ...settled, inactiveFile: box.group.numbers().inactiveFile }
  closeSync(held)
  source.close?.()
  await box.remove()
  return { allocated, cached }
}

/** A shell and six sleepers, without a limit on processes and with one that they reach. */
export const useProcesses = async (world: World): Promise<Pick<Report, 'counted' | 'bounded'>> => {
  const command = ['sh', '-c', 'for i in 1 2 3 4 5 6; do sleep 1000 & done; wait']
  const full = (box: Box): Promise<void> =>
    until('seven processes run', () => box.group.numbers().pidsCount === 7)
  const free = new Box(world, 'processes', { command })
  await full(free)
  const counted = await settle(free)
  await free.remove()
  const box = new Box(world, 'bounded processes', { command, limits: { pids: 7 } })
  await full(box)
  const { code } = await box.run(['sh', '-c', 'sleep 0; exit 0'])
  const bounded = { ...(await settle(box)), refused: code !== 0 }
  await box.remove()
  return { counted, bounded }
}

/** Past the page cache, so that the bytes are known: 8 MiB written, 4 MiB read. */
export const useDisk = async (world: World): Promise<Pick<Report, 'transferred' | 'texts'>> => {
  const box = new Box(world, 'disk', { limits: { cpuUsOf100ms: 50_000 } })
  await box.run(['dd', 'if=/dev/zero', `of=${disk}`, 'bs=1M', 'count=8', 'oflag=direct'])
  await box.run(['dd', `if=${disk}`, 'of=/dev/null', 'bs=1M', 'count=4', 'iflag=direct'])
  const transferred = await settle(box)
  const files = cgroupFilesOf(world.layout === 'unified' ? v2Files : v1Files).keys()
  const names = [...files].filter((name) => !name.endsWith('.pressure'))
  const texts = Object.fromEntries(names.map((name) => [name, box.group.text(name)]))
  await box.remove()
  return { transferred, texts }
}

/** 128 MiB wanted where 32 are allowed; the container's own process lives on. */
export const runOutOfMemory = async (world: World): Promise<Report['killed']> => {
  const box = new Box(world, 'too much', { limits: { memoryBytes: 32 * mib } })
  const { signal } = await box.run(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=128M', 'count=1'])
  const killed = await settle(box)
  await box.remove()
  return { ...killed, signal }
}

/** A limit that is more than the host has. */
export const allowMoreThanThereIs = async (world: World): Promise<Compared> => {
  const box = new Box(world, 'generous', { limits: { memoryBytes: 1024 * 1024 * mib } })
  const generous = await settle(box)
  await box.remove()
  return generous
}

const spin = ['sh', '-c', 'while :; do :; done'] as const
const wantedPeriods = 5
const nsPerMs = 1e6

/** One loop held to a fifth of a CPU beside one that is not. */
export const useCpu = async (
  world: World,
): Promise<Pick<Report, 'throttled' | 'unthrottled' | 'measured'>> => {
  const held = new Box(world, 'held', { command: spin, limits: { cpuUsOf100ms: 20_000 } })
  const free = new Box(world, 'free', { command: spin })
  const source = openSource()
  const throttled: Compared[] = []
  // What a pause of the host was charged for is paid back in later periods.
  const enough = (): boolean => {
    const { periods = 0, cpuUsageNs = 0 } = throttled.at(-1)?.ours ?? {}
    return periods >= wantedPeriods && Math.abs(cpuUsageNs / nsPerMs / periods - 20) < 10
  }
  for (
    const deadline = performance.now() + patienceMs;
    !enough() && performance.now() < deadline;
  ) {
    throttled.push(await compare(held, source))
    await sleep(200)
  }
  const unthrottled = await compare(free, source)
  const measured = await measure([held, free])
  source.close?.()
  await held.remove()
  await free.remove()
  return { throttled, unthrottled, measured }
}

/** What the monitor makes of two readings a second apart, and between which bounds the kernel's files put it. */
const measure = async (boxes: readonly Box[]): Promise<readonly Measured[]> => {
  const source = openSource()
  const monitor = new ResourceMonitor(source)
  const take = async ({ id, group }: Box) => {
    const [from, least] = [performance.now(), group.numbers().cpuUsageNs]
    const stats = await monitor.collect(id, never)
    return { stats, from, least, most: group.numbers().cpuUsageNs, to: performance.now() }
  }
  for (const { id } of boxes) monitor.follow(id, id)
  const measured: Measured[] = []
  for (const box of boxes) {
    // The first reading of a container is two.
    await take(box)
    const first = await take(box)
    await sleep(1000)
    const { stats, ...last } = await take(box)
    const percent = (ns: number, ms: number): number => (ns / nsPerMs / ms) * 100
    measured.push({
      cpuPercent: stats.cpuPercent,
      atLeast: percent(last.least - first.most, last.to - first.from),
      atMost: percent(last.most - first.least, last.from - first.to),
      throttledPercent: stats.throttledPercent,
    })
  }
  source.close?.()
  return measured
}
