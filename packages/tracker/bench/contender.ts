/**
 * One way to watch every container of an engine once a second, in a process of its own so that nothing else is counted.
 * SIGUSR2 begins to count samples; SIGTERM prints how many came since, and ends. Usage: node bench/contender.ts <way> <socket>
 */
import { execFileSync } from 'node:child_process'
import { openSync, readFileSync, readSync } from 'node:fs'
import type Docker from 'dockerode'
import { ResourceMonitor } from '@gaesup-state/tracker'
import { dockerSource } from '@gaesup-state/tracker/docker'
import { parseCgroupMounts, parseProcCgroup } from '../src/docker/cgroup/text.ts'
import { sleep } from './measure.ts'

const [way = '', socketPath = ''] = process.argv.slice(2)
let samples = 0

const watchDirectly = async (): Promise<void> => {
  const source = dockerSource({ host: `unix://${socketPath}` })
  const monitor = new ResourceMonitor(source, { collectIntervalMs: 1000 })
  monitor.onSample({ onSample: () => void (samples += 1) })
  monitor.start()
  for (const info of await source.list(new AbortController().signal))
    monitor.follow(info.workspaceId, info.id)
}

/** The two files that say whether a container lives and how much memory it has, each in the hierarchy that counts it. */
const vitalFilesOf = (pid: string, mounts: ReadonlyMap<string, string>): readonly string[] => {
  const paths = parseProcCgroup(readFileSync(`/proc/${pid}/cgroup`, 'latin1'))
  const folderOf = (controller: string): string =>
    `${mounts.get(controller) ?? ''}${paths.get(controller) ?? ''}`
  return paths.has('memory')
    ? [`${folderOf('cpuacct')}/cpuacct.usage`, `${folderOf('memory')}/memory.usage_in_bytes`]
    : [`${folderOf('')}/cpu.stat`, `${folderOf('')}/memory.current`]
}

/** What no reader on Node can do without: it wakes up and reads two open files a container, and does nothing with them. */
const readAlone = async (): Promise<void> => {
  const ask = (...args: readonly string[]): readonly string[] =>
    execFileSync('docker', ['-H', `unix://${socketPath}`, ...args], { encoding: 'utf8' })
      .trim()
      .split('\n')
  const mounts = parseCgroupMounts(readFileSync('/proc/self/mountinfo', 'latin1'))
  const pids = ask('inspect', '-f', '{{.State.Pid}}', ...ask('ps', '-q'))
  const files = pids.flatMap((pid) => vitalFilesOf(pid, mounts)).map((path) => openSync(path))
  const buffer = Buffer.allocUnsafeSlow(4096)
  setInterval(() => {
    for (const fd of files) readSync(fd, buffer, 0, buffer.length, 0)
    samples += pids.length
  }, 1000)
}

/** Loaded when it is wanted, so that it is no part of what our own way takes. */
const containersOfDockerode = async (): Promise<readonly Docker.Container[]> => {
  const { default: Dockerode } = await import('dockerode')
  const docker = new Dockerode({ socketPath })
  return (await docker.listContainers()).map(({ Id }) => docker.getContainer(Id))
}

const readStreams = async (): Promise<void> => {
  const containers = await containersOfDockerode()
  const streams = await Promise.all(containers.map((one) => one.stats({ stream: true })))
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => void (JSON.parse(chunk.toString()), (samples += 1)))
}

const askInALoop = async (): Promise<void> => {
  const loop = async (container: Docker.Container): Promise<void> => {
    for (;;) {
      const next = sleep(1000)
      await container.stats({ stream: false, 'one-shot': true })
      samples += 1
      await next
    }
  }
  await Promise.all((await containersOfDockerode()).map(loop))
}

process.on('SIGUSR2', () => void (samples = 0))
process.on('SIGTERM', () => {
  process.stdout.write(String(samples), () => process.exit())
})
const ways: Readonly<Record<string, () => Promise<void>>> = {
  direct: watchDirectly,
  floor: readAlone,
  streams: readStreams,
  loop: askInALoop,
}
await ways[way]?.()
