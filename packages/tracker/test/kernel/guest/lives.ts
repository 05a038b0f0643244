import { mkdirSync, readdirSync, readlinkSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CgroupMeterOptions } from '../../../src/docker/index.ts'
import type { Compared, Ended, Recreated } from '../report.ts'
import { Box, patienceMs, until } from './box.ts'
import type { World } from './box.ts'
import { never, openSource, settle } from './compare.ts'
import { enter, membersOf } from './hierarchy.ts'

/** Files kept open, and opened anew for each reading. */
const ways: readonly CgroupMeterOptions[] = [{}, { maxKeptFiles: 0 }]

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

const linkOf = (fd: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}
const openCgroupFiles = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith('/sys/fs/cgroup/')).length

/** A container that is killed and removed while it is read as fast as can be. */
export const end = async (world: World): Promise<readonly Ended[]> => {
  const ended: Ended[] = []
  for (const [number, options] of ways.entries()) {
    const box = new Box(world, `mortal ${number}`, { ownNetwork: number === 0 })
    const source = openSource(options)
    await source.sample(box.id, never)
    let code = ''
    const removed = box.remove()
    for (
      const deadline = performance.now() + patienceMs;
      code === '' && performance.now() < deadline;
    ) {
      try {
        source.sampleNow?.(box.id)
      } catch (error) {
        code = codeOf(error)
      }
      await sleep(1)
    }
    await removed
    ended.push({ code, filesLeft: openCgroupFiles() })
    source.close?.()
  }
  return ended
}

/** Starts again under the same id, so in a cgroup of the same path, without an event that says so. */
export const recreate = async (world: World): Promise<readonly Recreated[]> => {
  const found: Recreated[] = []
  const work = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 1000'
  for (const [number, options] of ways.entries()) {
    const name = `again ${number}`
    const source = openSource(options)
    const old = new Box(world, name, { command: ['sh', '-c', work] })
    const first = await workedOff(old)
    const { identity } = await source.sample(old.id, never)
    await old.remove()
    const box = await lazierThan(first, world, name)
    const codes: string[] = []
    let now = ''
    for (let attempt = 0; attempt < 5 && now === ''; attempt += 1)
      try {
        now = (await source.sample(box.id, never)).identity
      } catch (error) {
        codes.push(codeOf(error))
      }
    const compared = await settle(box, source)
    found.push({ oldNs: first, codes, identityChanged: now !== identity, now: compared })
    source.close?.()
    await box.remove()
  }
  return found
}

/** A box that has worked less than another one; a start that a pause of the host was charged to is taken back. */
const lazierThan = async (ns: number, world: World, name: string): Promise<Box> => {
  for (;;) {
    const box = new Box(world, name)
    if ((await workedOff(box)) < ns) return box
    await box.remove()
  }
}

/** Waits until a box stands still and gives the CPU time that it used. */
const workedOff = async ({ group }: Box): Promise<number> => {
  for (let last = -1; ;) {
    const { cpuUsageNs } = group.numbers()
    if (cpuUsageNs === last) return last
    last = cpuUsageNs
    await sleep(300)
  }
}

/** A container whose first process has moved into a group of its own, as systemd does, and left three others where they were. */
export const nest = async (world: World): Promise<Compared> => {
  const command = ['sh', '-c', 'for i in 1 2 3; do sleep 1000 & done; wait']
  const box = new Box(world, 'nested', { command })
  await until('four processes run', () => box.group.numbers().pidsCount === 4)
  const inner = box.group.folders.map((folder) => join(folder, 'init.scope'))
  for (const folder of inner) mkdirSync(folder)
  enter(inner, box.pid)
  const nested = await settle(box)
  process.kill(box.pid, 'SIGKILL')
  await until('it has ended', () => membersOf({ ...box.group, folders: inner }).length === 0)
  for (const folder of inner) rmdirSync(folder)
  await box.remove()
  return nested
}
