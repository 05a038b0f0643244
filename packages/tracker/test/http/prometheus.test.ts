import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toNodeListener, toPrometheus } from '../../src/http/index.ts'
import type { WorkspaceState } from '../../src/index.ts'
import { Alerts } from '../../src/index.ts'
import { checkMetrics, promtoolAbsent } from '../promtool.ts'
import { eventually, statsOf } from '../stats.ts'
import { setUp } from './set-up.ts'

/** Characters that must be escaped, and some that must not. */
const nasty = 'a"b\\c\nd{e}=,#é😀'

const stateOf = (workspaceId: string): WorkspaceState => ({
  workspaceId,
  name: workspaceId,
  status: 'active',
  containerId: 'c',
  containerState: 'running',
  lastUpdated: 0,
  lastSyncAttempt: 0,
  syncAttempts: 0,
  lastError: '',
  metrics: null,
})

const scrape = (openMetrics: boolean): string =>
  toPrometheus(
    ['w', nasty].map(stateOf),
    (id) =>
      statsOf({ workspaceId: id, cpuPercent: Number.NaN, networkRxBytes: 2 ** 53, oomKills: 3 }),
    { openMetrics },
  )

describe('the exposition', () => {
  it('describes each metric once before its samples, and leaves out what is no number', () => {
    const lines = scrape(false).trimEnd().split('\n')
    const described = new Set<string>()
    for (const line of lines) {
      const [, help] = /^# HELP (\S+) .+\.$/.exec(line) ?? []
      if (help !== undefined) {
        expect(described).not.toContain(help)
        described.add(help)
        continue
      }
      const name = /^(?:# TYPE )?([a-z_]+)/.exec(line)?.[1] ?? ''
      expect(described).toContain(name)
    }
    expect(lines.some((line) => line.includes('cpu_percent'))).toBe(false)
    expect(lines).toContain(
      'gaesup_workspace_network_receive_bytes_total{workspace="w"} 9007199254740992',
    )
    expect(lines).toContain(
      'gaesup_workspace_oom_kills_total{workspace="a\\"b\\\\c\\nd{e}=,#é😀"} 3',
    )
  })

  it('in OpenMetrics names families without _total, with their unit, and says where it ends', () => {
    const text = scrape(true)
    expect(text).toContain(
      '# TYPE gaesup_workspace_network_receive_bytes counter\n# UNIT gaesup_workspace_network_receive_bytes bytes\ngaesup_workspace_network_receive_bytes_total{workspace="w"} ',
    )
    expect(text.endsWith('\n# EOF\n')).toBe(true)
    expect(scrape(false)).not.toContain('# EOF')
  })

  it.each([
    [
      'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5',
      'application/openmetrics-text',
    ],
    ['application/openmetrics-text; q=0.5, text/plain', 'text/plain'],
    ['application/openmetrics-text;q=0', 'text/plain'],
    ['*/*', 'text/plain'],
    ['', 'text/plain'],
    [';q=,,;;', 'text/plain'],
  ])('asked for %s is %s', async (accept, type) => {
    const { get } = await setUp()
    const response = await get('/metrics', { headers: { accept } })
    expect(response.headers.get('content-type')).toMatch(new RegExp(`^${type}; version=`))
    expect((await response.text()).endsWith('# EOF\n')).toBe(type !== 'text/plain')
  })

  it.skipIf(promtoolAbsent !== '')('pleases promtool check metrics', async () => {
    const alerts = new Alerts({ rules: [{ id: 'busy', metric: 'cpu_percent', above: 40 }] })
    const { get } = await setUp({ alerts })
    alerts.check(statsOf({ cpuPercent: 50 }))
    for (const text of [scrape(false), await (await get('/metrics')).text()])
      expect(checkMetrics(text)).toEqual([0, ''])
    expect(checkMetrics('a b c\n')[0]).not.toBe(0)
  })
})

const prometheusUrl = process.env['GAESUP_TEST_PROMETHEUS_URL'] ?? ''
const targets = process.env['GAESUP_TEST_PROMETHEUS_TARGETS'] ?? ''
const absent =
  prometheusUrl === '' || targets === ''
    ? 'GAESUP_TEST_PROMETHEUS_URL and GAESUP_TEST_PROMETHEUS_TARGETS are not set (.ci/services)'
    : ''
if (absent !== '') console.warn(`skipped: ${absent}`)

interface Answer {
  readonly status: string
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value: readonly [number, string]
    }[]
  }
}

const ask = async (query: string): Promise<Answer['data']['result']> => {
  const url = new URL('/api/v1/query', prometheusUrl)
  url.searchParams.set('query', query)
  return ((await (await fetch(url)).json()) as Answer).data.result
}

describe.skipIf(absent !== '')('a real Prometheus server', () => {
  it('scrapes our figures, labels and types, and follows a status that changes', async () => {
    const alerts = new Alerts({ rules: [{ id: 'busy', metric: 'cpu_percent', above: 40 }] })
    const { source, tracker, handler } = await setUp({ alerts })
    alerts.attach(tracker)
    source.put('n', 'running', nasty)
    source.counters.set('n', {
      ...(source.counters.get('w') ?? { identity: 'n' }),
      memoryUsage: 700,
    } as never)
    await tracker.forceSync(nasty)
    await tracker.forceSync('w')
    const accepted: string[] = []
    const server = createServer((request, response) => {
      accepted.push(request.headers.accept ?? '')
      toNodeListener(handler)(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const run = `tracker-${process.pid}-${Date.now()}`
    const file = join(targets, `${run}.json`)
    onTestFinished(async () => {
      await rm(file, { force: true })
      server.closeAllConnections()
      server.close()
    })
    await writeFile(file, JSON.stringify([{ targets: [`127.0.0.1:${port}`], labels: { run } }]))
    const of = (name: string, more = ''): string => `${name}{run="${run}"${more}}`
    await eventually(
      'it was scraped',
      async () => (await ask(of('up')))[0]?.value[1] === '1',
      20_000,
    )
    expect(accepted[0]).toContain('application/openmetrics-text')
    const memory = await ask(of('gaesup_workspace_memory_bytes'))
    expect(new Map(memory.map(({ metric, value }) => [metric['workspace'], value[1]]))).toEqual(
      new Map([
        ['w', '100'],
        [nasty, '700'],
      ]),
    )
    const one = async (query: string) => (await ask(query))[0]?.value[1]
    const w = ',workspace="w"'
    const stats = tracker.monitor.getStats('w')
    expect(await one(of('gaesup_workspace_cpu_percent', w))).toBe(String(stats?.cpuPercent))
    expect(await one(of('gaesup_workspace_network_receive_bytes_total', w))).toBe('3')
    expect(await one(`sum(${of('gaesup_workspace_memory_limit_bytes')})`)).toBe('2000')
    expect(await one(of('gaesup_alert_firing', ',rule="busy",severity="warning"'))).toBe('1')
    expect(Number(await one(of('gaesup_tracker_events_total')))).toBe(tracker.seq)
    const metadata = new URL('/api/v1/targets/metadata', prometheusUrl)
    metadata.searchParams.set('match_target', `{run="${run}"}`)
    const { data } = (await (await fetch(metadata)).json()) as {
      data: readonly { metric: string; type: string; unit: string; help: string }[]
    }
    expect(data).toContainEqual(
      expect.objectContaining({
        metric: 'gaesup_workspace_network_receive_bytes',
        type: 'counter',
        unit: 'bytes',
        help: 'Bytes received since the container started.',
      }),
    )
    source.event('w', 'pause', { at: Date.now() })
    await eventually(
      'the new status replaced the old one',
      async () => {
        const now = await ask(of('gaesup_workspace_status', w))
        return now.length === 1 && now[0]?.metric['status'] === 'inactive'
      },
      20_000,
    )
  })
})
