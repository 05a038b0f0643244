import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byLabel, parseEndpoint } from '../../src/docker/index.ts'
import { LineBuffer } from '../../src/docker/line-buffer.ts'
import { parseEngineEvent } from '../../src/docker/parse-event.ts'
import { parseContainerList } from '../../src/docker/parse-list.ts'
import { parseEngineTime, parseStats } from '../../src/docker/parse-stats.ts'
import { TrackerError } from '../../src/index.ts'

const naming = byLabel('ws')
const line = (more: object = {}): string =>
  JSON.stringify({
    Type: 'container',
    Action: 'die',
    Actor: { ID: 'c1', Attributes: { name: 'n', image: 'i', exitCode: '137', ws: 'w' } },
    time: 1_700_000_000,
    timeNano: 0,
    ...more,
  }).replace('"timeNano":0', '"timeNano":1700000000123456789')

describe('parseEngineEvent', () => {
  it('reads a container event with its time to the microsecond', () => {
    expect(parseEngineEvent(line(), naming)).toMatchObject({
      type: 'event',
      timeNano: '1700000000123456789',
      event: {
        containerId: 'c1',
        workspaceId: 'w',
        name: 'n',
        image: 'i',
        action: 'die',
        exitCode: 137,
        at: expect.closeTo(1_700_000_000_123.4568, 3),
      },
    })
  })

  it.each([
    ['exec_start: sh -c "x: y"', { action: 'exec' }],
    ['health_status: healthy', { action: 'health', healthy: true }],
    ['health_status: unhealthy', { action: 'health', healthy: false }],
  ])('reads %s', (Action, event) =>
    expect(parseEngineEvent(line({ Action }), naming)).toMatchObject({ event }),
  )

  it.each([['top'], ['constructor'], ['__proto__'], ['toString']])(
    'passes over the action %s',
    (Action) => {
      expect(parseEngineEvent(line({ Action }), naming).type).toBe('other')
    },
  )

  it('calls a container without label a workspace of its own name', () => {
    const Actor = { ID: 'c1', Attributes: { name: 'n' } }
    expect(parseEngineEvent(line({ Actor }), naming)).toMatchObject({ event: { workspaceId: 'n' } })
  })

  it('never throws and never makes an event out of anything hostile', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => JSON.stringify(value)),
      fc
        .record({
          Type: fc.constant('container'),
          Action: fc.anything(),
          Actor: fc.anything(),
          time: fc.anything(),
          timeNano: fc.anything(),
        })
        .map((value) => safeJson(value)),
    )
    fc.assert(
      fc.property(hostile, (text) => {
        const parsed = parseEngineEvent(text, naming)
        if (parsed.type !== 'event') return
        expect(Number.isFinite(parsed.event.at)).toBe(true)
        expect(parsed.event.containerId).not.toBe('')
      }),
      { numRuns: 3000 },
    )
  })

  it('survives a valid line with any bytes flipped', () => {
    const valid = Buffer.from(line())
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        (flips) => {
          const bytes = Buffer.from(valid)
          for (const [at, value] of flips) bytes[at] = value
          parseEngineEvent(bytes.toString('utf8'), naming)
        },
      ),
      { numRuns: 3000 },
    )
  })
})

const safeJson = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

const stats = {
  read: '2026-01-01T00:00:01.5Z',
  preread: '2026-01-01T00:00:00.5Z',
  cpu_stats: {
    cpu_usage: { total_usage: 2e9 },
    throttling_data: { periods: 5, throttled_periods: 2 },
  },
  precpu_stats: { cpu_usage: { total_usage: 1e9 } },
  memory_stats: { usage: 100, limit: 1000, stats: { total_inactive_file: 30 } },
  networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'Read', value: 7 },
      { op: 'write', value: 8 },
    ],
  },
  pids_stats: { current: 3 },
}

describe('parseStats', () => {
  it('reads version 1 and version 2 memory as docker stats does', () => {
    expect(parseStats(stats, 'id').memoryUsage).toBe(70)
    expect(
      parseStats(
        { ...stats, memory_stats: { usage: 100, limit: 9, stats: { inactive_file: 40 } } },
        'id',
      ).memoryUsage,
    ).toBe(60)
    expect(
      parseStats(
        { ...stats, memory_stats: { usage: 100, limit: 9, stats: { inactive_file: 100 } } },
        'id',
      ).memoryUsage,
    ).toBe(100)
  })

  it('reads everything else', () => {
    expect(parseStats(stats, 'id')).toMatchObject({
      cpuUsageNs: 2e9,
      networkRxBytes: 11,
      networkTxBytes: 22,
      blockRead: 7,
      blockWrite: 8,
      pidsCount: 3,
      periods: 5,
      throttledPeriods: 2,
      previous: { cpuUsageNs: 1e9 },
    })
    const { readAtMs, previous } = parseStats(stats, 'id')
    expect(readAtMs - (previous?.readAtMs ?? 0)).toBe(1000)
  })

  it('takes the zeros of a stopped container for what they are', () => {
    expect(() =>
      parseStats(
        {
          read: '0001-01-01T00:00:00Z',
          cpu_stats: { cpu_usage: { total_usage: 0 } },
          memory_stats: {},
        },
        'id',
      ),
    ).toThrow(TrackerError)
  })

  it('gives finite numbers or a TrackerError for anything hostile', () => {
    const near = fc.record({
      read: fc.oneof(fc.constant(stats.read), fc.anything()),
      preread: fc.anything(),
      cpu_stats: fc.oneof(fc.constant(stats.cpu_stats), fc.anything()),
      precpu_stats: fc.anything(),
      memory_stats: fc.oneof(fc.constant(stats.memory_stats), fc.anything()),
      networks: fc.anything(),
      blkio_stats: fc.anything(),
      pids_stats: fc.anything(),
    })
    fc.assert(
      fc.property(fc.oneof(fc.anything(), near), (body) => {
        try {
          const {
            identity: _identity,
            previous: _previous,
            pressure: _pressure,
            ...numbers
          } = parseStats(body, 'id')
          for (const value of Object.values(numbers)) expect(Number.isFinite(value)).toBe(true)
        } catch (error) {
          if (!(error instanceof TrackerError)) throw error
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('keeps the nanoseconds of a time that Date would cut', () => {
    expect(parseEngineTime('2026-01-01T00:00:00.123456789Z')).toBeCloseTo(
      Date.parse('2026-01-01T00:00:00Z') + 123.456789,
      3,
    )
    for (const bad of [
      '',
      'yesterday',
      '0001-01-01T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01',
    ])
      expect(parseEngineTime(bad)).toBeUndefined()
  })
})

describe('parseContainerList', () => {
  it('reads a listing', () => {
    const body = [
      { Id: 'c1', Names: ['/n'], Image: 'i', State: 'running', Created: 5, Labels: { ws: 'w' } },
    ]
    expect(parseContainerList(body, naming)).toEqual([
      { id: 'c1', name: 'n', workspaceId: 'w', image: 'i', state: 'running', createdAt: 5000 },
    ])
  })

  it('refuses what is no listing rather than losing containers silently', () => {
    for (const body of [null, {}, 'x', [{}], [{ Id: 'c', State: 'flying' }]])
      expect(() => parseContainerList(body, naming)).toThrow(TrackerError)
  })
})

describe('parseEndpoint', () => {
  it.each([
    ['unix:///var/run/docker.sock', { kind: 'unix', path: '/var/run/docker.sock' }],
    ['/run/docker.sock', { kind: 'unix', path: '/run/docker.sock' }],
    ['tcp://10.0.0.1:9', { kind: 'tcp', host: '10.0.0.1', port: 9 }],
    ['tcp://host', { kind: 'tcp', host: 'host', port: 2375 }],
    ['https://host', { kind: 'tcp', host: 'host', port: 2376 }],
    ['ssh://me@host:22', { kind: 'ssh', target: 'me@host', port: 22 }],
    ['ssh://host', { kind: 'ssh', target: 'host', port: undefined }],
  ])('reads %s', (text, endpoint) => expect(parseEndpoint(text)).toEqual(endpoint))

  it.each(['', 'ftp://host', 'ssh://-oProxyCommand=x', 'ssh://-oProxyCommand=x@host', 'tcp://'])(
    'refuses %s',
    (text) => expect(() => parseEndpoint(text)).toThrow(TypeError),
  )
})

describe('LineBuffer', () => {
  it('gives back the same lines however the bytes were cut', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc
            .string({ unit: 'grapheme', minLength: 1 })
            .filter((s) => !s.includes('\n') && s.trim() !== ''),
        ),
        fc.array(fc.nat(500)),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
          const buffer = new LineBuffer(1e6)
          const out: string[] = []
          let from = 0
          for (const to of [
            ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b),
            bytes.length,
          ]) {
            buffer.push(bytes.subarray(from, to))
            out.push(...buffer.takeLines())
            from = to
          }
          expect(out).toEqual(lines)
        },
      ),
    )
  })

  it('never holds more than its bound, and says when it gave up', () => {
    const buffer = new LineBuffer(1000)
    for (let i = 0; i < 100; i += 1) {
      buffer.push(Buffer.alloc(300, 'x'))
      expect(buffer.size).toBeLessThanOrEqual(1000)
    }
    expect(buffer.takeOverflow()).toBe(true)
    expect(buffer.takeOverflow()).toBe(false)
    buffer.push(Buffer.from('\nwhole\n'))
    expect(buffer.takeLines().at(-1)).toBe('whole')
  })
})
