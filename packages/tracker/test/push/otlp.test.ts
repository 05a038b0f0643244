import { gunzipSync } from 'node:zlib'
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ContainerStats, Logger } from '../../src/index.ts'
import { OtlpExporter } from '../../src/index.ts'
import { toOtlp } from '../../src/http/index.ts'
import { parseOtlpAnswer, toOtlpProtobuf } from '../../src/push/otlp-protobuf.ts'
import { ManualClock } from '../../src/testing/index.ts'
import type { Answer, Received } from '../receiver.ts'
import { receive } from '../receiver.ts'
import { eventually, statsOf } from '../stats.ts'

interface Message {
  fromObject(value: object): object
  encode(value: object): { finish(): Uint8Array }
  decode(bytes: Uint8Array): object
  toObject(value: object, options: object): object
}

// The definitions of opentelemetry-proto, compiled by the OpenTelemetry project. Its types speak of another form of them.
const service = (
  generated as unknown as {
    opentelemetry: {
      proto: {
        collector: {
          metrics: {
            v1: Record<'ExportMetricsServiceRequest' | 'ExportMetricsServiceResponse', Message>
          }
        }
      }
    }
  }
).opentelemetry.proto.collector.metrics.v1
const { ExportMetricsServiceRequest } = service

/** Through the official definitions and back: what they do not know is lost, what they know is typed. */
const throughProtobuf = (body: object): object => {
  const bytes = ExportMetricsServiceRequest.encode(ExportMetricsServiceRequest.fromObject(body))
  return decode(bytes.finish())
}

const decode = (bytes: Uint8Array): object =>
  ExportMetricsServiceRequest.toObject(ExportMetricsServiceRequest.decode(bytes), { longs: String })

const stats = statsOf({
  timestamp: 1_700_000_000_123,
  cpuPercent: 12.5,
  memoryUsage: 2 ** 40,
  networkRxBytes: 2 ** 52,
  networkTxBytes: 7,
  blockRead: 0,
  blockWrite: 1.5,
})

const source = (all: readonly ContainerStats[]) => ({
  getActiveMonitors: () => all.map(({ workspaceId }) => workspaceId),
  getStats: (id: string) => all.find(({ workspaceId }) => workspaceId === id),
})

class NotingClock extends ManualClock {
  readonly delays: number[] = []

  override schedule(delayMs: number, run: () => void): () => void {
    this.delays.push(delayMs)
    return super.schedule(delayMs, run)
  }
}

describe('toOtlp', () => {
  it('is wholly understood by the official definitions, and loses nothing on the way', () => {
    const body = toOtlp([stats, statsOf({ workspaceId: 'x' })])
    expect(throughProtobuf(body)).toEqual(body)
  })

  it('writes integers as integers, at their time in nanoseconds, and marks what only grows', () => {
    const { resourceMetrics } = toOtlp([stats]) as {
      resourceMetrics: { scopeMetrics: { metrics: Record<string, unknown>[] }[] }[]
    }
    const [cpu, memory, network, disk] = resourceMetrics[0]?.scopeMetrics[0]?.metrics ?? []
    expect(cpu).toMatchObject({
      name: 'container.cpu.usage',
      gauge: { dataPoints: [{ asDouble: 0.125 }] },
    })
    expect(memory).toMatchObject({
      sum: {
        isMonotonic: false,
        dataPoints: [{ asInt: '1099511627776', timeUnixNano: '1700000000123000000' }],
      },
    })
    expect(network).toMatchObject({
      name: 'container.network.io',
      sum: {
        isMonotonic: true,
        aggregationTemporality: 2,
        dataPoints: [{ asInt: '4503599627370496' }, { asInt: '7' }],
      },
    })
    expect(disk).toMatchObject({ sum: { dataPoints: [{ asInt: '0' }, { asDouble: 1.5 }] } })
  })

  it('says the same in the binary encoding, whatever the texts and numbers are', () => {
    const number = fc.oneof(fc.double({ noNaN: true }), fc.maxSafeNat(), fc.constant(-1))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), number, number, (workspaceId, cpu, memory) => {
        const body = toOtlp([stats, statsOf({ workspaceId, cpuPercent: cpu, memoryUsage: memory })])
        expect(decode(toOtlpProtobuf(body))).toEqual(throughProtobuf(body))
      }),
    )
    expect(() => toOtlpProtobuf({ resourceMetrics: [{ unheardOf: 1 }] })).toThrow(/unheardOf/)
  })

  it('leaves out what JSON has no number for', () => {
    expect(JSON.stringify(toOtlp([statsOf({ cpuPercent: Number.NaN })]))).not.toContain('null')
  })
})

describe('OtlpExporter', () => {
  const ok: Answer = { status: 200, body: '{}' }
  const setUp = async (
    answer: (received: Received, count: number) => Answer | 'silence' | 'hang up',
    more: Partial<ConstructorParameters<typeof OtlpExporter>[1]> = {},
    all: readonly ContainerStats[] = [stats],
  ) => {
    const receiver = await receive(answer)
    const logged: string[] = []
    const logger: Logger = {
      info: (message) => void logged.push(message),
      error: (message, error) => void logged.push(`${message}: ${String(error)}`),
    }
    const url = `${receiver.url}/v1/metrics`
    const exporter = new OtlpExporter(source(all), { url, retryMs: 10, logger, ...more })
    onTestFinished(() => exporter.stop())
    return { exporter, receiver, logged }
  }

  it('sends gzip that the official definitions decode, with the headers it was given', async () => {
    const { exporter, receiver } = await setUp(() => ({ status: 200 }), {
      headers: { 'x-tenant': 'a' },
    })
    await exporter.export()
    const [request] = receiver.all
    expect(request?.path).toBe('/v1/metrics')
    expect(request?.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/x-protobuf',
      'x-tenant': 'a',
    })
    expect(decode(gunzipSync(request?.body ?? ''))).toEqual(toOtlp([stats]))
    expect(exporter.stats).toEqual({ accepted: 1, rejectedPoints: 0, failed: 0 })
  })

  it('sends JSON that the official definitions know', async () => {
    const { exporter, receiver } = await setUp(() => ok, { encoding: 'json' })
    await exporter.export()
    const [request] = receiver.all
    expect(request?.path).toBe('/v1/metrics')
    expect(request?.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/json',
    })
    const body = JSON.parse(gunzipSync(request?.body ?? '').toString()) as object
    expect(throughProtobuf(body)).toEqual(toOtlp([stats]))
    expect(exporter.stats).toEqual({ accepted: 1, rejectedPoints: 0, failed: 0 })
  })

  it('sends plain JSON when told to, in batches', async () => {
    const all = ['a', 'b', 'c'].map((workspaceId) => statsOf({ workspaceId }))
    const { exporter, receiver } = await setUp(
      () => ok,
      { encoding: 'json', gzip: false, batchSize: 2 },
      all,
    )
    await exporter.export()
    expect(receiver.all.map(({ body }) => JSON.parse(body.toString()) as object)).toEqual([
      toOtlp(all.slice(0, 2)),
      toOtlp(all.slice(2)),
    ])
  })

  it.each([429, 502, 503, 504])('tries again after %d', async (status) => {
    const { exporter, receiver } = await setUp((_, count) => (count < 3 ? { status } : ok))
    await exporter.export()
    expect(receiver.all).toHaveLength(3)
    expect(exporter.stats).toMatchObject({ accepted: 1, failed: 0 })
  })

  it.each([400, 401, 404, 413, 500, 307])('does not try again after %d', async (status) => {
    const { exporter, receiver, logged } = await setUp(() => ({
      status,
      headers: { location: '/' },
    }))
    await exporter.export()
    expect(receiver.all).toHaveLength(1)
    expect(exporter.stats).toMatchObject({ accepted: 0, failed: 1 })
    expect(logged[0]).toContain(`HTTP status ${status}`)
  })

  it('tries again when the connection breaks or nothing is answered in time, and gives up in the end', async () => {
    const { exporter, receiver, logged } = await setUp(
      (_, count) => (count === 1 ? 'hang up' : 'silence'),
      { timeoutMs: 1500, maxRetries: 2 },
    )
    await exporter.export()
    expect(receiver.all).toHaveLength(3)
    expect(exporter.stats.failed).toBe(1)
    expect(logged[0]).toMatch(/did not answer in 1500 ms/)
  })

  it('waits as long as the receiver asks for, in seconds or until a date', async () => {
    const clock = new NotingClock()
    const { exporter, receiver } = await setUp(
      (_, count) =>
        count === 1
          ? { status: 429, headers: { 'retry-after': '7' } }
          : count === 2
            ? {
                status: 503,
                headers: { 'retry-after': new Date(Date.now() + 60_500).toUTCString() },
              }
            : ok,
      { clock },
    )
    const done = exporter.export()
    const got = (count: number) =>
      eventually(`request ${count}`, () => receiver.all.length === count)
    const waits = (ms: number) =>
      eventually(`it waits ${ms} ms`, () => clock.delays.some((delay) => delay >= ms))
    await got(1)
    await waits(7000)
    await clock.advance(6999)
    expect(receiver.all).toHaveLength(1)
    await clock.advance(1)
    await got(2)
    await waits(55_001)
    await clock.advance(55_000)
    expect(receiver.all).toHaveLength(2)
    await clock.advance(6000)
    await done
    expect(receiver.all).toHaveLength(3)
  })

  it('counts and logs what the receiver took only in part, and does not send it again', async () => {
    const { exporter, receiver, logged } = await setUp(
      () => ({
        status: 200,
        body: '{"partialSuccess":{"rejectedDataPoints":"4","errorMessage":"too old"}}',
      }),
      { encoding: 'json' },
    )
    await exporter.export()
    expect(receiver.all).toHaveLength(1)
    expect(exporter.stats).toEqual({ accepted: 1, rejectedPoints: 4, failed: 0 })
    expect(logged).toEqual([expect.stringMatching(/rejected 4 data points: too old/)])
  })

  it('reads what was not taken from a binary answer, and takes no harm from any other', () => {
    const { ExportMetricsServiceResponse } = service
    const answer = { partialSuccess: { rejectedDataPoints: 70_000, errorMessage: 'too öld' } }
    const bytes = ExportMetricsServiceResponse.encode(
      ExportMetricsServiceResponse.fromObject(answer),
    ).finish()
    expect(parseOtlpAnswer(bytes)).toEqual({ rejected: 70_000, message: 'too öld' })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (any) => {
        expect(parseOtlpAnswer(any).rejected).toBeGreaterThanOrEqual(0)
        expect(parseOtlpAnswer(bytes.subarray(0, any.length)).rejected).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('exports at its interval until it is stopped, and never says a secret', async () => {
    const clock = new ManualClock()
    const { exporter, receiver, logged } = await setUp(() => ({ status: 401 }), {
      clock,
      intervalMs: 1000,
      headers: { authorization: 'Bearer hunter2' },
    })
    exporter.start()
    expect(() => exporter.start()).toThrow(TypeError)
    await clock.advance(1000)
    await eventually('the first export', () => logged.length === 1)
    await clock.advance(1000)
    await eventually('the second export', () => receiver.all.length === 2)
    exporter.stop()
    await clock.advance(5000)
    expect(receiver.all).toHaveLength(2)
    expect(receiver.all[0]?.headers['authorization']).toBe('Bearer hunter2')
    expect(logged.join()).not.toContain('hunter2')
  })
})
