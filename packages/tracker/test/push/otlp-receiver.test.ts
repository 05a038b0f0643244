import { describe, expect, it } from 'vitest'
import type { ContainerStats } from '../../src/index.ts'
import { OtlpExporter, ResourceMonitor } from '../../src/index.ts'
import { FakeSource } from '../../src/testing/index.ts'
import { counters } from '../http/set-up.ts'
import { eventually, statsOf } from '../stats.ts'

/** VictoriaMetrics, which takes OTLP and answers queries as Prometheus does. */
const receiverUrl = process.env['GAESUP_TEST_OTLP_URL'] ?? ''
const absent = receiverUrl === '' ? 'GAESUP_TEST_OTLP_URL is not set (.ci/services)' : ''
if (absent !== '') console.warn(`skipped: ${absent}`)

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [seconds: number, value: string]
}

const ask = async (query: string): Promise<readonly Series[]> => {
  // New series can be found once they are flushed, which happens by itself only every few seconds.
  await (await fetch(new URL('/internal/force_flush', receiverUrl))).text()
  const url = new URL('/api/v1/query', receiverUrl)
  url.searchParams.set('query', query)
  url.searchParams.set('nocache', '1')
  const { data } = (await (await fetch(url)).json()) as { data: { result: readonly Series[] } }
  return data.result
}

const url = `${receiverUrl}/opentelemetry/v1/metrics`
const unique = (): string => `otlp-${process.pid}-${Date.now().toString(36)}`
const sourceOf = (all: readonly ContainerStats[]) => ({
  getActiveMonitors: () => all.map(({ workspaceId }) => workspaceId),
  getStats: (id: string) => all.find(({ workspaceId }) => workspaceId === id),
})

describe.skipIf(absent !== '')('OtlpExporter and a real receiver', () => {
  it.each([{ gzip: true }, { gzip: false }])(
    'delivers every value, label, unit and time (gzip $gzip)',
    async ({ gzip }) => {
      const workspaceId = `${unique()} "한글" \\ {}`
      const timestamp = Date.now()
      const stats = statsOf({
        workspaceId,
        containerId: 'c0ffee',
        timestamp,
        cpuPercent: 12.5,
        memoryUsage: 2 ** 40 + 1,
        networkRxBytes: 2 ** 52 + 1,
        networkTxBytes: 7,
        blockRead: 0,
        blockWrite: 9,
      })
      const exporter = new OtlpExporter(sourceOf([stats]), { url, gzip })
      await exporter.export()
      expect(exporter.stats).toEqual({ accepted: 1, rejectedPoints: 0, failed: 0 })
      const of = JSON.stringify(workspaceId)
      await eventually(
        'it can be asked for',
        async () => (await ask(`{workspace_id=${of}}`)).length === 6,
      )
      const found = await ask(`{workspace_id=${of}}`)
      const values = found.map(({ metric, value: [, value] }) => [
        metric['__name__'],
        metric['network_io_direction'] ?? metric['disk_io_direction'] ?? '',
        Number(value),
      ])
      expect(values.toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual([
        ['container_cpu_usage', '', 0.125],
        ['container_disk_io_bytes_total', 'read', 0],
        ['container_disk_io_bytes_total', 'write', 9],
        ['container_memory_usage_bytes', '', 2 ** 40 + 1],
        ['container_network_io_bytes_total', 'receive', 2 ** 52 + 1],
        ['container_network_io_bytes_total', 'transmit', 7],
      ])
      for (const { metric } of found)
        expect(metric).toMatchObject({ service_name: 'gaesup-tracker', container_id: 'c0ffee' })
      const [at] = await ask(`timestamp(container_cpu_usage{workspace_id=${of}})`)
      expect(Number(at?.value[1])).toBe(timestamp / 1000)
    },
  )

  it('makes series that can be queried out of what a monitor measures', async () => {
    const id = unique()
    const source = new FakeSource()
    source.put('c', 'running', id)
    source.counters.set('c', counters)
    const monitor = new ResourceMonitor(source, { collectIntervalMs: 100 })
    monitor.start()
    monitor.follow(id, 'c')
    const exporter = new OtlpExporter(monitor, { url, intervalMs: 100 })
    exporter.start()
    try {
      await eventually('three exports arrived', async () => {
        const query = `count_over_time(container_memory_usage_bytes{workspace_id="${id}"}[1m])`
        return Number((await ask(query))[0]?.value[1]) >= 3
      })
    } finally {
      exporter.stop()
      monitor.stop()
    }
    expect(exporter.stats.failed).toBe(0)
  })

  it('gives up at once what the receiver refuses for good, and says so', async () => {
    const said: string[] = []
    const logger = {
      info: () => {},
      error: (message: string, error: unknown) => void said.push(`${message}: ${String(error)}`),
    }
    // This receiver reads the binary encoding only.
    const options = { url, encoding: 'json', logger, retryMs: 60_000 } as const
    const exporter = new OtlpExporter(sourceOf([statsOf({ workspaceId: unique() })]), options)
    await exporter.export()
    expect(exporter.stats).toEqual({ accepted: 0, rejectedPoints: 0, failed: 1 })
    expect(said.join()).toContain('HTTP status 400')
  })
})
