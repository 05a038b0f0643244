import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RollupRow } from '../../src/index.ts'
import { openSegmentStore } from '../../src/store/index.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracker-store-'))
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

const row = (startMs: number, more: Partial<RollupRow> = {}): RollupRow => ({
  workspaceId: 'w',
  metric: 'cpu',
  resolution: '1m',
  startMs,
  count: 6,
  min: 1,
  mean: 2.5,
  max: 4,
  p95: 4,
  p99: 4,
  ...more,
})
const all = { workspaceId: 'w', metric: 'cpu', resolution: '1m', fromMs: 0, toMs: 1e15 } as const
const now = (): number => 1_000_000

describe('the segment store', () => {
  it('gives back what it was given, also after it was opened again', async () => {
    const store = await openSegmentStore({ folder, now })
    await store.append([
      row(60_000),
      row(60_000, { metric: 'memory', mean: 123_456_789 }),
      row(120_000),
      row(120_000, { workspaceId: 'other' }),
    ])
    await store.append([row(180_000)])
    await store.close()
    const again = await openSegmentStore({ folder, now })
    expect(await again.query(all)).toEqual([row(60_000), row(120_000), row(180_000)])
    expect(await again.query({ ...all, fromMs: 120_000, toMs: 180_000 })).toEqual([row(120_000)])
    expect((await again.query({ ...all, metric: 'memory' }))[0]?.mean).toBe(123_460_000)
    expect(await again.query({ ...all, resolution: '1h' })).toEqual([])
    await again.close()
  })

  it('loses at most the last write when the end of the file is cut or damaged, and writes on after it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.boolean(), async (cut, damage) => {
        rmSync(folder, { recursive: true })
        const store = await openSegmentStore({ folder, now })
        await store.append([row(60_000)])
        const whole = statSync(join(folder, readdirSync(folder)[0] ?? '')).size
        await store.append([row(120_000)])
        await store.close()
        const path = join(folder, readdirSync(folder)[0] ?? '')
        const bytes = readFileSync(path)
        const at = whole + (cut % (bytes.length - whole))
        if (damage) bytes[at] = (bytes[at] ?? 0) ^ 0x55
        writeFileSync(path, damage ? bytes : bytes.subarray(0, at))
        const again = await openSegmentStore({ folder, now })
        expect(await again.query(all)).toEqual([row(60_000)])
        await again.append([row(180_000)])
        expect(await again.query(all)).toEqual([row(60_000), row(180_000)])
        await again.close()
      }),
      { numRuns: 40 },
    )
  })

  it('opens whatever bytes are in a segment', async () => {
    writeFileSync(join(folder, '1m-00000001.seg'), Buffer.alloc(1000, 0xff))
    writeFileSync(join(folder, 'readme.txt'), 'not a segment')
    const store = await openSegmentStore({ folder, now })
    await store.append([row(60_000)])
    expect(await store.query(all)).toEqual([row(60_000)])
    await store.close()
  })

  it('deletes what is older than its retention and never more than its bytes allow on disk', async () => {
    const store = await openSegmentStore({
      folder,
      maxBytes: 20_000,
      segmentBytes: 2000,
      retentionMs: { '1m': 1e9 },
      now: () => 2e9,
    })
    await store.append([row(60_000)])
    for (let i = 0; i < 300; i += 1)
      await store.append(
        Array.from({ length: 10 }, (_, k) =>
          row(1.5e9 + i * 60_000, { workspaceId: `w${k}`, mean: Math.sin(i * 10 + k) * 1000 }),
        ),
      )
    const bytes = readdirSync(folder).reduce(
      (sum, name) => sum + statSync(join(folder, name)).size,
      0,
    )
    expect(bytes).toBeLessThanOrEqual(22_500)
    expect(await store.query(all)).toEqual([])
    expect((await store.query({ ...all, workspaceId: 'w1' })).at(-1)?.startMs).toBe(
      1.5e9 + 299 * 60_000,
    )
    await store.close()
  })

  it('takes fewer than 20 bytes of disk for a minute row', async () => {
    const store = await openSegmentStore({ folder, now: () => 2e9 })
    let written = 0
    for (let minute = 0; minute < 20; minute += 1) {
      const rows = Array.from({ length: 1000 }, (_, w) =>
        row(1.9e9 + minute * 60_000, {
          workspaceId: `workspace-${w}`,
          mean: 10 + Math.sin(w + minute),
          max: 12 + Math.cos(w * minute),
          min: 9,
          p95: 12,
          p99: 12,
        }),
      )
      await store.append(rows)
      written += rows.length
    }
    const bytes = readdirSync(folder).reduce(
      (sum, name) => sum + statSync(join(folder, name)).size,
      0,
    )
    console.info(`${(bytes / written).toFixed(1)} bytes per minute row on disk`)
    expect(bytes / written).toBeLessThan(20)
    await store.close()
  })

  it('reports a folder it cannot use as a TrackerError', async () => {
    appendFileSync(join(folder, 'file'), '')
    await expect(openSegmentStore({ folder: join(folder, 'file') })).rejects.toMatchObject({
      name: 'TrackerError',
      code: 'STORE',
    })
  })
})
