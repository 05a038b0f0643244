/**
 * CPU of watching N idle containers once a second: this package's direct reading, `docker stats`, and a loop over dockerode's
 * stats. Counts the client and the engine's processes. Usage: node bench/containers.ts [containers=50] [seconds=8]
 */
import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { ResourceMonitor } from '../src/index.ts'
import { dockerSource } from '../src/docker/index.ts'
import { image } from '../test/docker/engine.ts'
import { PrivateEngine, privateEngineAbsent } from '../test/docker/private-engine.ts'
import { cpuOf, pidsOf, sleep } from './measure.ts'

const count = Number(process.argv[2] ?? 50)
const seconds = Number(process.argv[3] ?? 8)
if (privateEngineAbsent !== '') process.exit()
// An engine of its own, so that nobody else's work on the machine's engine is counted.
const engine = new PrivateEngine()
await engine.open()
const { socketPath } = engine
const run = promisify(execFile)
const docker = (...args: readonly string[]) =>
  run('docker', ['-H', `unix://${socketPath}`, ...args])
const names = Array.from({ length: count }, (_, i) => `trk-bench-${process.pid}-${i}`)

/** Percent of one core that the work and the engine take while it goes on, less what the engine takes anyway. */
const costOf = async (
  clientPids: () => readonly number[],
): Promise<{ client: number; engine: number }> => {
  const clients = new Set(clientPids())
  const own = (await pidsOf(engine.folder)).filter((pid) => !clients.has(pid))
  const before = [cpuOf(clientPids()), cpuOf(own)]
  await sleep(seconds * 1000)
  const after = [cpuOf(clientPids()), cpuOf(own)]
  const percent = (i: number): number => ((after[i] ?? 0) - (before[i] ?? 0)) / (seconds * 10)
  return { client: percent(0), engine: percent(1) }
}

const results: [string, { client: number; engine: number }, number][] = []
try {
  for (let i = 0; i < count; i += 5)
    await Promise.all(
      names
        .slice(i, i + 5)
        .map((name) =>
          docker('run', '-d', '--network', 'none', '--name', name, image, 'sleep', '600'),
        ),
    )
  await sleep(10_000)
  const idle = await costOf(() => [])

  const source = dockerSource({ host: `unix://${socketPath}` })
  const monitor = new ResourceMonitor(source, { collectIntervalMs: 1000 })
  const own = new Set(names)
  monitor.start()
  for (const info of await source.list(new AbortController().signal))
    if (own.has(info.name)) monitor.follow(info.workspaceId, info.id)
  await sleep(3000)
  const collected = monitor.getMonitorStats().totalCollections
  results.push([
    'tracker, direct reading',
    await costOf(() => [process.pid]),
    (monitor.getMonitorStats().totalCollections - collected) / seconds,
  ])
  monitor.stop()
  source.close?.()

  const client = spawn(
    'docker',
    ['-H', `unix://${socketPath}`, 'stats', '--format', '{{.CPUPerc}}', ...names],
    { stdio: 'ignore' },
  )
  await sleep(3000)
  results.push(['docker stats', await costOf(() => [client.pid ?? 0]), count])
  client.kill()

  const dockerode = new Docker({ socketPath })
  const streams = await Promise.all(
    names.map((name) => dockerode.getContainer(name).stats({ stream: true })),
  )
  let samples = 0
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => void (JSON.parse(chunk.toString()), (samples += 1)))
  await sleep(3000)
  samples = 0
  results.push(['dockerode stats streams', await costOf(() => [process.pid]), 0])
  const last = results.at(-1)
  if (last !== undefined) last[2] = samples / seconds
  for (const stream of streams) (stream as unknown as { destroy(): void }).destroy()

  console.log(
    `${count} containers, ${seconds} s each; the engine alone takes ${idle.engine.toFixed(2)} % of a core`,
  )
  const total = ([, cost]: (typeof results)[number]): number =>
    Math.max(0.01, cost.client + cost.engine - idle.engine)
  const [first] = results
  for (const result of results) {
    const [name, cost, rate] = result
    const ratio = first === undefined ? 1 : total(result) / total(first)
    console.log(
      `${name.padEnd(26)} client ${cost.client.toFixed(2)} %  engine ${(cost.engine - idle.engine).toFixed(2)} %  ${rate.toFixed(0)} samples/s  ${ratio.toFixed(1)}x`,
    )
  }
} finally {
  for (let i = 0; i < count; i += 10) await docker('rm', '-f', ...names.slice(i, i + 10))
  await engine.close()
}
process.exit()
