/**
 * One way to watch every container of an engine once a second, in a process of its own so that nothing else is counted.
 * SIGUSR2 begins to count samples; SIGTERM prints how many came since, and ends. Usage: node bench/contender.ts <way> <socket>
 */
import Docker from 'dockerode'
import { ResourceMonitor } from '../src/index.ts'
import { dockerSource } from '../src/docker/index.ts'
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

const containersOf = async (docker: Docker): Promise<readonly Docker.Container[]> =>
  (await docker.listContainers()).map(({ Id }) => docker.getContainer(Id))

const readStreams = async (): Promise<void> => {
  const containers = await containersOf(new Docker({ socketPath }))
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
  await Promise.all((await containersOf(new Docker({ socketPath }))).map(loop))
}

process.on('SIGUSR2', () => void (samples = 0))
process.on('SIGTERM', () => {
  process.stdout.write(String(samples), () => process.exit())
})
const ways: Readonly<Record<string, () => Promise<void>>> = {
  direct: watchDirectly,
  streams: readStreams,
  loop: askInALoop,
}
await ways[way]?.()
