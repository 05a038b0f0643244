import { spawnSync } from 'node:child_process'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { ContainerManager } from '../../src/containers/manager.ts'
import { observeContainers, toPrometheusText } from '../../src/metrics/index.ts'
import { native } from '../containers/modules.ts'

async function used(): Promise<ContainerManager> {
  const manager = new ContainerManager({ resolve: async () => native })
  const container = await manager.run('say "hi"\\\n:1.0.0', { maxMemory: 1 << 20 })
  await container.call('increment')
  await container.call('increment')
  await container.call('trap').catch(() => undefined)
  return manager
}

test('a scrape tells every number of every container, with names escaped', async () => {
  const manager = await used()
  await manager.run('other:2')
  const text = toPrometheusText(manager.list())
  const calls = text.split('\n').filter((line) => line.startsWith('gaesup_container_calls_total{'))
  expect(calls).toHaveLength(2)
  expect(calls[0]).toContain('name="say \\"hi\\"\\\\\\n",version="1.0.0",runtime="nodejs"} 3')
  expect(text).toContain('# TYPE gaesup_container_calls_total counter')
  expect(text).toMatch(/gaesup_container_errors_total\{.*\} 1\n/)
  expect(text).toMatch(/gaesup_container_memory_limit_bytes\{.*\} 1048576\n/)
  expect(text).toMatch(/gaesup_container_memory_peak_bytes\{.*\} 131072\n/)
  const [told = ''] = /gaesup_container_last_activity_seconds\{.*/.exec(text) ?? []
  const last = manager.list()[0]?.metrics.lastActivity
  expect(Number(told.split(' ').at(-1))).toBe(Number(last) / 1000)
})

const promtool = process.env['PROMTOOL'] ?? 'promtool'
const isThere = spawnSync(promtool, ['--version']).error === undefined

test.skipIf(!isThere)(
  'promtool finds nothing wrong with it (skipped where it is absent)',
  async () => {
    const manager = await used()
    for (const input of [toPrometheusText(manager.list()), toPrometheusText([])]) {
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
        input,
        encoding: 'utf8',
      })
      expect(`${stdout}${stderr}`).toBe('')
      expect(status).toBe(0)
    }
  },
)

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

test('an OpenTelemetry meter reads the same numbers, until it is ended', async () => {
  const manager = await used()
  const reader = new Reader()
  const provider = new MeterProvider({ readers: [reader] })
  const end = observeContainers(provider.getMeter('test'), () => manager.list())
  const read = async (name: string): Promise<unknown> => {
    const { resourceMetrics } = await reader.collect()
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
    const found = metrics.find(({ descriptor }) => descriptor.name === name)
    return found?.dataPoints.map(({ value, attributes }) => [value, attributes['runtime']])
  }
  expect(await read('gaesup.container.calls')).toEqual([[3, 'nodejs']])
  expect(await read('gaesup.container.memory.limit')).toEqual([[1 << 20, 'nodejs']])
  expect(await read('gaesup.container.memory.peak')).toEqual([[131_072, 'nodejs']])
  const last = manager.list()[0]?.metrics.lastActivity
  expect(await read('gaesup.container.last.activity')).toEqual([[Number(last) / 1000, 'nodejs']])
  end()
  await manager.list()[0]?.call('increment')
  // The SDK keeps giving what it was told last.
  expect(await read('gaesup.container.calls')).toEqual([[3, 'nodejs']])
  await provider.shutdown()
})
