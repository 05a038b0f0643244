import { spawn } from 'node:child_process'
import { afterAll, describe, expect, it } from 'vitest'
import { dockerSource } from '../../src/docker/index.ts'
import { ResourceMonitor, Tracker, workspacesOf } from '../../src/index.ts'
import type { ContainerSource, Pressure, TrackerMessage } from '../../src/index.ts'
import { docker, engineAbsent, image, socketPath, uniqueName, until } from './engine.ts'

const started: string[] = []
const never = new AbortController().signal

const run = async (purpose: string, ...args: readonly string[]): Promise<string> => {
  const name = uniqueName(purpose)
  started.push(name)
  const at = args.indexOf('--')
  const [flags, command] = at < 0 ? [[], args] : [args.slice(0, at), args.slice(at + 1)]
  await docker('run', '-d', '--init', '--name', name, ...flags, image, ...command)
  return name
}

const openSource = (options: Parameters<typeof dockerSource>[0] = {}): ContainerSource =>
  dockerSource({ host: `unix://${socketPath}`, ...options })

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

interface Reading {
  readonly cpu: number
  readonly memory: number
  readonly rx: number
  readonly pids: number
}

const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

const toBytes = (text: string): number => {
  const match = /([\d.]+)([A-Za-z]+)/.exec(text)
  return Number(match?.[1]) * (units[match?.[2] ?? ''] ?? Number.NaN)
}

/** What the docker client prints each second, back as numbers. Lines without a rate of their own are left out. */
const readDockerStats = async (name: string, seconds: number): Promise<readonly Reading[]> => {
  const client = spawn('docker', [
    '-H',
    `unix://${socketPath}`,
    'stats',
    '--format',
    '=={{.CPUPerc}};{{.MemUsage}};{{.NetIO}};{{.PIDs}}',
    name,
  ])
  let text = ''
  client.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  client.kill()
  const readings = [...text.matchAll(/==([\d.]+)%;([^;]+);([^;]+);(\d+)/g)].map(
    ([, cpu, memory = '', net = '', pids]) => ({
      cpu: Number(cpu),
      memory: toBytes(memory),
      rx: toBytes(net),
      pids: Number(pids),
    }),
  )
  // The client redraws twice a second, and its first rate is the average since the container started.
  const distinct = readings.filter((reading, i) => reading.cpu !== readings[i - 1]?.cpu)
  return distinct.filter(({ cpu }) => cpu > 0).slice(1)
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe.skipIf(engineAbsent !== '')('a real Docker engine', () => {
  afterAll(async () => {
    if (started.length > 0) await docker('rm', '-f', ...started)
  })

  it('brings all seven event types from real causes', { timeout: 60_000 }, async () => {
    const source = openSource()
    const tracker = new Tracker(workspacesOf(source), source, { syncIntervalMs: 1000 })
    const seen: TrackerMessage[] = []
    tracker.on((message) => void seen.push(message))
    await tracker.start()
    const name = await run('seven', '--', 'sh', '-c', 'sleep 2; exit 3')
    const has = (type: string) =>
      seen.some(
        (m) =>
          m.type === type && (m.type === 'gap' || m.workspaceId === name || m.workspaceId === ''),
      )
    await until('metrics arrive', () => has('metrics_update'))
    // On a busy machine the end of a container may first show as a measurement that failed.
    const crash = () =>
      seen.find((m) => m.type === 'error' && m.workspaceId === name && m.data.code === 'CONTAINER')
    await until('the crash is reported', () => crash() !== undefined, 20_000)
    expect(crash()).toMatchObject({ data: { context: { exit_code: 3 } } })
    expect(tracker.getWorkspaceState(name)).toMatchObject({
      status: 'inactive',
      containerState: 'exited',
    })
    await docker('start', name)
    await until('it recovers', () => has('recovery'))
    // A busy engine may announce a change so late that it is taken as missed; that gap is said too.
    const events = seen.filter(({ type }) => type !== 'gap')
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([
        'sync_start',
        'sync_complete',
        'status_changed',
        'container_update',
        'metrics_update',
        'error',
        'recovery',
      ]),
    )
    const numbers = seen.flatMap((m) => (m.type === 'gap' ? [] : m.seq))
    expect(numbers).toEqual(numbers.map((_, index) => index + (numbers[0] ?? 0)))
    await tracker.stop()
    source.close?.()
  })

  it(
    'shows a change of state within 100 ms of the engine event in 95 of 100 cases',
    { timeout: 60_000 },
    async () => {
      const name = await run('latency', 'sleep', '600')
      const source = openSource()
      const tracker = new Tracker(workspacesOf(source), source)
      const delays: number[] = []
      await tracker.start()
      tracker.onStateChange(
        (id, _old, next) => void (id === name && delays.push(Date.now() - next.lastUpdated)),
      )
      for (let i = 0; i < 20; i += 1) {
        await docker('pause', name)
        await docker('unpause', name)
      }
      await until('every change came', () => delays.length === 40)
      const p95 = delays.toSorted((a, b) => a - b)[37] ?? Number.NaN
      console.info(
        `state change latency over 40 changes: median ${median(delays).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`,
      )
      expect(p95).toBeLessThan(100)
      await tracker.stop()
      source.close?.()
    },
  )

  it('follows a container that is recreated under the same name', { timeout: 60_000 }, async () => {
    const source = openSource()
    const tracker = new Tracker(workspacesOf(source), source)
    await tracker.start()
    const name = await run('again', 'sleep', '600')
    await until('the first runs', () => tracker.getWorkspaceState(name)?.status === 'active')
    const first = tracker.getWorkspaceState(name)?.containerId
    await docker('rm', '-f', name)
    await docker('run', '-d', '--init', '--name', name, image, 'sleep', '600')
    await until('the second runs', () => tracker.getWorkspaceState(name)?.status === 'active')
    expect(tracker.getWorkspaceState(name)?.containerId).not.toBe(first)
    await tracker.stop()
    source.close?.()
  })

  it('reports an out-of-memory kill as an error', { timeout: 60_000 }, async () => {
    const source = openSource()
    const tracker = new Tracker(workspacesOf(source), source)
    const errors: string[] = []
    tracker.on((m) => void (m.type === 'error' && errors.push(m.data.error)))
    await tracker.start()
    const name = await run(
      'oom',
      '--memory',
      '16m',
      '--memory-swap',
      '16m',
      '--',
      'sh',
      '-c',
      'sleep 1; tail /dev/zero',
    )
    await until(
      'the kill is seen',
      () => errors.includes(`container ${name} ran out of memory`),
      20_000,
    )
    await tracker.stop()
    source.close?.()
  })

  it.each([
    ['direct reading', {}],
    ['the statistics API', { cgroups: false as const }],
  ])(
    'measures a known load as docker stats does, within 2 percent, by %s',
    { timeout: 120_000, retry: 1 },
    async (_path, options) => {
      const script = `for i in $(seq 100); do ping -q -c 1 -s 60000 $(ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p'); done; dd if=/dev/zero of=/dev/shm/x bs=1M count=40 2>/dev/null; while :; do :; done`
      const name = await run('load', '--cpus', '0.2', '--shm-size', '64m', '--', 'sh', '-c', script)
      const source = openSource(options)
      const monitor = new ResourceMonitor(source, { collectIntervalMs: 1000 })
      await new Promise((resolve) => setTimeout(resolve, 3000))
      monitor.start()
      const ours: Reading[] = []
      const abort = new AbortController()
      const reading = (async () => {
        for await (const s of await monitor.startMonitoring(abort.signal, name)) {
          ours.push({
            cpu: s.cpuPercent,
            memory: s.memoryUsage,
            rx: s.networkRxBytes,
            pids: s.pidsCount,
          })
        }
      })()
      const theirs = await readDockerStats(name, 14)
      abort.abort()
      await reading
      monitor.stop()
      await docker('rm', '-f', name)
      source.close?.()
      // The first sample already has a rate, over a quarter of a second, in which the limit's 100 ms periods show.
      expect(ours[0]?.cpu).toBeGreaterThan(8)
      expect(ours[0]?.cpu).toBeLessThan(40)
      expect(theirs.length).toBeGreaterThan(8)
      for (const key of ['cpu', 'memory', 'rx', 'pids'] as const) {
        const [mine, other] = [
          mean(ours.slice(1).map((s) => s[key])),
          mean(theirs.map((s) => s[key])),
        ]
        console.info(
          `${key}: ${mine.toFixed(2)}, docker stats ${other.toFixed(2)}, first sample ${ours[0]?.[key].toFixed(2)}`,
        )
        expect(Math.abs(mine - other) / other).toBeLessThan(0.02)
      }
      expect(mean(ours.map((s) => s.rx))).toBeGreaterThan(6_000_000)
    },
  )

  it('says how it measures, and why', async () => {
    const name = await run('path', 'sleep', '600')
    const direct = openSource()
    const remote = openSource({ cgroups: false })
    for (const source of [direct, remote]) {
      const found = (await source.list(never)).find((info) => info.name === name)
      await source.sample(found?.id ?? '', never)
      const path = source.statsPath?.(found?.id ?? '')
      expect(path?.path).toMatch(source === direct ? /^cgroup-v[12]$/ : /^stats-one-shot$/)
      expect(path?.reason).not.toBe('')
      source.close?.()
    }
  })

  it(
    'has the pressure of a real container that waits for its CPU',
    { timeout: 60_000 },
    async (context) => {
      // Two that want one CPU; a limit would be throttling and no pressure.
      const script = 'while :; do :; done & while :; do :; done'
      const name = await run('pressure', '--cpuset-cpus', '0', '--', 'sh', '-c', script)
      const source = openSource()
      const monitor = new ResourceMonitor(source, { collectIntervalMs: 500 })
      monitor.start()
      let pressure: Pressure | null = null
      for await (const stats of await monitor.startMonitoring(AbortSignal.timeout(25_000), name)) {
        pressure = stats.pressure
        if (pressure === null || pressure.cpuSome > 10) break
      }
      monitor.stop()
      source.close?.()
      await docker('rm', '-f', name)
      if (pressure === null)
        context.skip('this kernel has no pressure files for containers (psi=1, cgroup v2)')
      console.info(`pressure ${JSON.stringify(pressure)}`)
      expect(pressure?.cpuSome).toBeGreaterThan(10)
      expect(pressure?.cpuSome).toBeLessThanOrEqual(100)
      expect(pressure?.memoryFull).toBeLessThan(50)
    },
  )

  it('refuses to measure what does not run', async () => {
    const name = await run('stopped', 'true')
    await docker('wait', name)
    for (const cgroups of [{}, false] as const) {
      const source = openSource({ cgroups })
      await expect(source.sample(name, never)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      source.close?.()
    }
  })

  it('describes its host', async () => {
    const source = openSource()
    const system = await source.system?.(never)
    expect(system?.cpuCount).toBeGreaterThan(0)
    expect(system?.memoryTotal).toBeGreaterThan(1e8)
    expect(system?.dockerVersion).toMatch(/^\d+\./)
    source.close?.()
  })
})
