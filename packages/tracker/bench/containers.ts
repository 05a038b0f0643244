/**
 * CPU of watching N containers once a second: this package's direct reading, `docker stats`, and two loops over dockerode:
 * its statistics streams, and its one-shot statistics asked for each second. Counts the client, and what the engine's processes
 * take beyond what they take between the watches; beside them a bare loop, the least that anyone on Node can take.
 * Then the time from the engine's event to the tracker's changed state. Usage: node bench/containers.ts [containers=50] [seconds=30]
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ResourceMonitor, Tracker, workspacesOf } from '../src/index.ts'
import { dockerSource } from '../src/docker/index.ts'
import { image } from '../test/docker/engine.ts'
import type { PrivateEngine } from '../test/docker/private-engine.ts'
import { withEngine } from './engine.ts'
import type { Cost } from './measure.ts'
import { costOf, calmOf, pidsOf, printGoals, sleep } from './measure.ts'

const [count = 50, seconds = 30] = process.argv.slice(2, 4).map(Number)
/** Lets compilers and caches settle, which at 50 samples a second takes most of a minute; the same for everyone. */
const warmUpMs = 30_000
const goal = 100
const changes = 40
const latencyGoalMs = 100

const loads = {
  idle: ['sleep', '3600'],
  'waking twice a second': ['sh', '-c', 'while :; do sleep 0.5; done'],
} as const

/** Ours, the floor, and the others. */
const contenders = {
  'this package, direct reading': 'direct',
  'bare loop over two files': 'floor',
  'docker stats': undefined,
  'dockerode, streams': 'streams',
  'dockerode, one-shot loop': 'loop',
} as const
type Contender = keyof typeof contenders

interface Watcher {
  readonly pid: number
  begin(this: void): void
  /** Ends it and gives the samples since `begin`. */
  end(this: void): Promise<number>
}

const startWatcher = ({ socketPath }: PrivateEngine, name: Contender): Watcher => {
  const way = contenders[name]
  const script = fileURLToPath(new URL('contender.ts', import.meta.url))
  const client =
    way === undefined
      ? spawn('docker', ['-H', `unix://${socketPath}`, 'stats', '--format', '{{.CPUPerc}}'])
      : spawn(process.execPath, [script, way, socketPath])
  client.stderr.pipe(process.stderr)
  let output = ''
  client.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = new Promise((resolve) => client.once('close', resolve))
  return {
    pid: client.pid ?? 0,
    begin: () => {
      output = ''
      if (way !== undefined) client.kill('SIGUSR2')
    },
    end: async () => {
      client.kill('SIGTERM')
      await ended
      // The docker client redraws twice a second, so it prints each sample twice.
      return way === undefined ? output.split('%').length / 2 : Number(output)
    },
  }
}

const enginePids = async (
  engine: PrivateEngine,
  not: readonly number[],
): Promise<readonly number[]> => (await pidsOf(engine.folder)).filter((pid) => !not.includes(pid))

const costOfContender = async (
  engine: PrivateEngine,
  name: Contender,
): Promise<{ readonly cost: Cost; readonly rate: number }> => {
  const { pid, begin, end } = startWatcher(engine, name)
  await sleep(warmUpMs)
  begin()
  const cost = await costOf([pid], await enginePids(engine, [pid]), seconds)
  const rate = (await end()) / seconds
  if (rate < count / 2) throw new Error(`${name} does not watch: ${rate} samples/s`)
  await sleep(1000)
  return { cost, rate }
}

/** Milliseconds from the engine's event to the changed state, while everything is measured once a second. */
const latenciesOf = async (engine: PrivateEngine, name: string): Promise<readonly number[]> => {
  const source = dockerSource({ host: `unix://${engine.socketPath}` })
  const monitor = new ResourceMonitor(source, { collectIntervalMs: 1000 })
  const tracker = new Tracker(workspacesOf(source), source, { monitor })
  const delays: number[] = []
  monitor.start()
  await tracker.start()
  tracker.onStateChange(
    (id, _old, next) => void (id === name && delays.push(Date.now() - next.lastUpdated)),
  )
  for (let i = 0; i < changes; i += 2) {
    await engine.docker('pause', name)
    await engine.docker('unpause', name)
  }
  await sleep(500)
  await tracker.stop()
  monitor.stop()
  source.close?.()
  return delays.toSorted((a, b) => a - b)
}

const benchLoad = async (
  engine: PrivateEngine,
  load: keyof typeof loads,
): Promise<readonly string[]> => {
  const names = Array.from({ length: count }, (_, i) => `bench-${i}`)
  for (let i = 0; i < count; i += 5)
    await Promise.all(
      names
        .slice(i, i + 5)
        .map((name) => engine.docker('run', '-d', '--name', name, image, ...loads[load])),
    )
  // The engine collects what starting them left behind.
  await sleep(40_000)
  const alone = async (): Promise<readonly number[]> =>
    (await costOf([], await enginePids(engine, []), seconds)).engine
  const quiet = [...(await alone())]
  const costs = new Map<Contender, { readonly cost: Cost; readonly rate: number }>()
  for (const name of Object.keys(contenders) as Contender[]) {
    costs.set(name, await costOfContender(engine, name))
    quiet.push(...(await alone()))
  }
  const rest = calmOf(quiet)
  console.log(
    `\n${count} containers, ${load}; ${seconds} s each; percent of a core; the engine alone ${rest.toFixed(3)}`,
  )
  const totals = new Map<Contender, number>()
  for (const [name, { cost, rate }] of costs) {
    // What the engine takes beyond its time alone cannot be less than nothing.
    const extra = Math.max(0, calmOf(cost.engine) - rest)
    totals.set(name, cost.client + extra)
    console.log(
      `  ${name.padEnd(30)} client ${cost.client.toFixed(3)}  engine +${extra.toFixed(3)}  ${rate.toFixed(0)} samples/s`,
    )
  }
  const own = totals.get('this package, direct reading') ?? Number.NaN
  const others = [...totals].filter(
    ([name]) => !['direct', 'floor'].includes(contenders[name] ?? ''),
  )
  printGoals(
    others.map(([name, total]) => ({
      what: `CPU of ${name} over ours, ${load}`,
      value: total / own,
      goal,
      want: 'more',
    })),
  )
  return names
}

await withEngine('watching containers', async (engine) => {
  for (const load of ['idle', 'waking twice a second'] as const) {
    const names = await benchLoad(engine, load)
    if (load === 'idle') {
      const delays = await latenciesOf(engine, names[0] ?? '')
      const at = (share: number): number =>
        delays[Math.ceil(share * delays.length) - 1] ?? Number.NaN
      console.log(
        `${delays.length} of ${changes} changes of state seen, median ${at(0.5).toFixed(1)} ms after the engine's event`,
      )
      const value = delays.length === changes ? at(0.95) : Number.POSITIVE_INFINITY
      printGoals([{ what: 'p95 in ms', value, goal: latencyGoalMs, want: 'less' }])
    }
    await engine.docker('rm', '-f', ...names)
  }
})
process.exit()
