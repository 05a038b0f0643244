import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteTables, type Tables } from '../../src/index.ts'
import { createMemoryTables } from '../../src/testing/index.ts'
import { toHead } from '../../src/storage/tables.ts'
import { functionRow, NOW, record, workspaceRow } from './rows.ts'

const KEEP_ALL = { maxPerFunction: 1e6, maxBytesPerFunction: 1e12, maxAgeMs: 1e12 }
const DAY = 24 * 60 * 60 * 1000

/** Mostly the milliseconds around whole minutes, where a window is put together from two sources. */
const nearMinutes = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom(-1, 0, 1, 500))
  .map(([minute, offset]) => Math.max(minute * 60_000 + offset, 0))

const adapters: readonly { name: string; open: (folder: string) => Tables }[] = [
  { name: 'memory', open: () => createMemoryTables() },
  {
    name: 'node:sqlite',
    open: (folder) => openSqliteTables({ path: join(folder, 'deep', 'console.db') }),
  },
]

describe.each(adapters)('tables in $name', ({ open }) => {
  let folder: string
  let tables: Tables

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tables-'))
    tables = open(folder)
  })

  afterEach(async () => {
    await tables.close()
    rmSync(folder, { recursive: true })
  })

  const withFunction = async (): Promise<void> => {
    await tables.workspaces.insert(workspaceRow())
    await tables.functions.insert(functionRow())
  }

  test('gives back a workspace as it was put in', async () => {
    const row = workspaceRow({ name: `'; DROP TABLE workspaces; --`, description: '설명 🚀' })
    await tables.workspaces.insert(row)
    expect(await tables.workspaces.get(row.id)).toEqual(row)
    expect(await tables.workspaces.list()).toEqual([row])
    expect(await tables.workspaces.get('ws-none')).toBeNull()
  })

  test('refuses a second workspace of the same id', async () => {
    await tables.workspaces.insert(workspaceRow())
    await expect(tables.workspaces.insert(workspaceRow())).rejects.toThrow()
  })

  test('lists workspaces oldest first', async () => {
    await tables.workspaces.insert(workspaceRow({ id: 'ws-b', createdAtMs: 2 }))
    await tables.workspaces.insert(workspaceRow({ id: 'ws-a', createdAtMs: 1 }))
    expect((await tables.workspaces.list()).map((row) => row.id)).toEqual(['ws-a', 'ws-b'])
  })

  test('changes only the given fields of a workspace and counts its version up', async () => {
    await tables.workspaces.insert(workspaceRow({ description: 'kept' }))
    const result = await tables.workspaces.update('ws-00000001', { name: 'New' })
    expect(result).toEqual({
      kind: 'updated',
      row: workspaceRow({ name: 'New', description: 'kept', version: 2 }),
    })
    expect(await tables.workspaces.get('ws-00000001')).toEqual(
      workspaceRow({ name: 'New', description: 'kept', version: 2 }),
    )
    expect(await tables.workspaces.update('ws-none', { name: 'x' })).toEqual({ kind: 'missing' })
  })

  test('changes a row only while it has the asked version', async () => {
    await withFunction()
    expect(await tables.workspaces.update('ws-00000001', { name: 'a' }, 2)).toEqual({
      kind: 'version-mismatch',
    })
    expect(await tables.functions.update('fn-00000001', { name: 'a' }, 7)).toEqual({
      kind: 'version-mismatch',
    })
    expect((await tables.functions.update('fn-00000001', { name: 'a' }, 1)).kind).toBe('updated')
    expect((await tables.functions.get('fn-00000001'))?.name).toBe('a')
  })

  test('gives back a function as it was put in', async () => {
    await tables.workspaces.insert(workspaceRow())
    const environment = Object.fromEntries([
      ['constructor', '1'],
      ['NAME', "it's; --"],
    ])
    const row = functionRow({
      environment,
      httpMethods: ['GET', 'DELETE'],
      lastDeployedMs: 5,
      invocationUrl: 'http://a',
    })
    expect(await tables.functions.insert(row)).toBe('inserted')
    expect(await tables.functions.get(row.id)).toEqual(row)
    expect(await tables.functions.findByName('ws-00000001', 'user-auth')).toEqual(row)
    expect(await tables.functions.findByName('ws-other', 'user-auth')).toBeNull()
    expect(await tables.functions.codeKeys()).toEqual(new Set([row.codeKey]))
  })

  test('sets nullable fields of a function to null', async () => {
    await tables.workspaces.insert(workspaceRow())
    await tables.functions.insert(functionRow({ invocationUrl: 'http://a', description: 'x' }))
    await tables.functions.update('fn-00000001', { invocationUrl: null, description: null })
    expect(await tables.functions.get('fn-00000001')).toEqual(functionRow({ version: 2 }))
  })

  test('holds a function name once per workspace, for insert and update', async () => {
    await withFunction()
    await tables.workspaces.insert(workspaceRow({ id: 'ws-2' }))
    expect(await tables.functions.insert(functionRow({ id: 'fn-2' }))).toBe('name-taken')
    expect(await tables.functions.insert(functionRow({ id: 'fn-3', name: 'other' }))).toBe(
      'inserted',
    )
    expect(await tables.functions.insert(functionRow({ id: 'fn-4', workspaceId: 'ws-2' }))).toBe(
      'inserted',
    )
    expect(await tables.functions.update('fn-3', { name: 'user-auth' })).toEqual({
      kind: 'name-taken',
    })
    expect((await tables.functions.update('fn-3', { name: 'other' })).kind).toBe('updated')
    expect(await tables.functions.count('ws-00000001')).toBe(2)
  })

  test('refuses a function of a workspace that is not there', async () => {
    expect(await tables.functions.insert(functionRow())).toBe('no-workspace')
  })

  test('takes the functions of a deleted workspace away with it', async () => {
    await withFunction()
    await tables.executions.append(record())
    expect(await tables.workspaces.delete('ws-00000001')).toEqual(['fn-00000001'])
    expect(await tables.workspaces.delete('ws-00000001')).toBeNull()
    expect(await tables.functions.get('fn-00000001')).toBeNull()
    expect(await tables.executions.append(record())).toBeNull()
    await tables.purge()
    await tables.purge()
    expect(await tables.executions.newest({ workspaceId: 'ws-00000001' }, 10)).toEqual({
      rows: [],
      total: 0,
    })
  })

  test('does not count a deleted function for its workspace even before the purge', async () => {
    await withFunction()
    await tables.executions.append(record())
    expect(await tables.functions.delete('fn-00000001')).toBe(true)
    expect(await tables.functions.delete('fn-00000001')).toBe(false)
    expect(
      (await tables.executions.totals({ workspaceId: 'ws-00000001' }, 0, NOW)).invocations,
    ).toBe(0)
    expect((await tables.executions.newest({ workspaceId: 'ws-00000001' }, 10)).total).toBe(0)
    expect((await tables.executions.places({ workspaceId: 'ws-00000001' }, 10)).total).toBe(0)
    expect((await tables.executions.totalsByFunction('ws-00000001', 0, NOW)).size).toBe(0)
  })

  test('gives back executions newest first with their number', async () => {
    await withFunction()
    await tables.functions.insert(functionRow({ id: 'fn-2', name: 'second' }))
    await Promise.all([
      tables.executions.append(record({ id: 'ex-1', endedAtMs: NOW })),
      tables.executions.append(record({ id: 'ex-2', endedAtMs: NOW + 5 })),
      tables.executions.append(record({ id: 'ex-3', endedAtMs: NOW + 1, functionId: 'fn-2' })),
    ])
    const ofWorkspace = await tables.executions.newest({ workspaceId: 'ws-00000001' }, 2)
    expect(ofWorkspace.rows.map((row) => row.record.id)).toEqual(['ex-2', 'ex-3'])
    expect(ofWorkspace.total).toBe(3)
    const ofFunction = await tables.executions.newest({ functionId: 'fn-2' }, 10)
    expect(ofFunction.rows.map((row) => row.record)).toEqual([
      record({ id: 'ex-3', endedAtMs: NOW + 1, functionId: 'fn-2' }),
    ])
    expect(ofFunction.total).toBe(1)
  })

  test('gives back heads and places as it gives back executions', async () => {
    await withFunction()
    const long = { stream: 'stdout', text: 'x'.repeat(5000), atMs: NOW } as const
    const failure = { code: 'TIMEOUT', message: 'm'.repeat(5000) }
    for (const fields of [
      { id: 'ex-1' },
      { id: 'ex-2', lines: [long] },
      { id: 'ex-3', failure, lines: [] },
    ])
      await tables.executions.append(record(fields))
    const scope = { workspaceId: 'ws-00000001' }
    const { rows, total } = await tables.executions.newest(scope, 2)
    const seqs = rows.map(({ seq }) => seq)
    expect(await tables.executions.places(scope, 2)).toEqual({ seqs, total })
    const heads = await tables.executions.heads(scope, 2)
    expect(heads).toEqual(rows.map((row) => toHead(row.record)))
    expect(heads).toMatchObject([
      { id: 'ex-3', failureCode: 'TIMEOUT', lastLine: null },
      { id: 'ex-2', failureCode: null, lastLine: 'x'.repeat(200) },
    ])
    expect(JSON.stringify(heads).length).toBeLessThan(1200)
  })

  test('gives back one execution by its id, to its own function only', async () => {
    await withFunction()
    await tables.functions.insert(functionRow({ id: 'fn-2', name: 'second' }))
    await tables.executions.append(record())
    expect(await tables.executions.get('fn-00000001', 'ex-1')).toEqual(record())
    expect(await tables.executions.get('fn-2', 'ex-1')).toBeNull()
    expect(await tables.executions.get('fn-00000001', 'ex-9')).toBeNull()
    await tables.executions.prune({ ...KEEP_ALL, maxPerFunction: 0 }, NOW)
    expect(await tables.executions.get('fn-00000001', 'ex-1')).toBeNull()
  })

  test('gives back executions after a place in log order', async () => {
    await withFunction()
    const places: (number | null)[] = []
    for (const id of ['ex-1', 'ex-2', 'ex-3'])
      places.push(await tables.executions.append(record({ id })))
    const after = await tables.executions.after('fn-00000001', places[0] ?? -1, 10)
    expect(after.map((row) => row.record.id)).toEqual(['ex-2', 'ex-3'])
    expect(after.map((row) => row.seq)).toEqual(places.slice(1))
    expect(await tables.executions.after('fn-00000001', places[2] ?? -1, 10)).toEqual([])
  })

  test('totals exactly the executions of a window, to the millisecond', async () => {
    await withFunction()
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            at: nearMinutes,
            isError: fc.boolean(),
            durationMs: fc.integer({ min: 0, max: 99 }),
          }),
        ),
        nearMinutes,
        nearMinutes,
        async (runs, from, length) => {
          const base = await tables.executions.totals(
            { functionId: 'fn-00000001' },
            from,
            from + length,
          )
          await Promise.all(
            runs.map(({ at, ...fields }) =>
              tables.executions.append(record({ endedAtMs: at, ...fields })),
            ),
          )
          const inside = runs.filter(({ at }) => at > from && at <= from + length)
          const expected = {
            invocations: base.invocations + inside.length,
            errors: base.errors + inside.filter((run) => run.isError).length,
            durationMs: base.durationMs + inside.reduce((total, run) => total + run.durationMs, 0),
          }
          expect(
            await tables.executions.totals({ functionId: 'fn-00000001' }, from, from + length),
          ).toEqual(expected)
          expect(
            await tables.executions.totals({ workspaceId: 'ws-00000001' }, from, from + length),
          ).toEqual(expected)
          const byFunction = await tables.executions.totalsByFunction(
            'ws-00000001',
            from,
            from + length,
          )
          expect([...byFunction]).toEqual(
            expected.invocations === 0 ? [] : [['fn-00000001', expected]],
          )
        },
      ),
      { numRuns: 150 },
    )
  })

  test('sums CPU time by minute', async () => {
    await withFunction()
    const minute = Math.floor(NOW / 60_000) * 60_000
    for (const [endedAtMs, cpuMs] of [
      [minute, 1],
      [minute + 59_999, 2],
      [minute + 60_000, 4],
      [minute - 1, 8],
    ] as const) {
      await tables.executions.append(record({ endedAtMs, cpuMs }))
    }
    expect(await tables.executions.cpuMinutes('fn-00000001', minute, minute + 60_000)).toEqual([
      { atMs: minute, cpuMs: 3 },
      { atMs: minute + 60_000, cpuMs: 4 },
    ])
  })

  test('keeps the newest executions up to a number, and still counts the others in the window', async () => {
    await withFunction()
    for (let index = 0; index < 10; index += 1)
      await tables.executions.append(record({ id: `ex-${index}`, endedAtMs: NOW + index }))
    await tables.executions.prune({ ...KEEP_ALL, maxPerFunction: 3 }, NOW + 10)
    const { rows, total } = await tables.executions.newest({ functionId: 'fn-00000001' }, 100)
    expect(rows.map((row) => row.record.id)).toEqual(['ex-9', 'ex-8', 'ex-7'])
    expect(total).toBe(3)
    expect(
      (await tables.executions.totals({ functionId: 'fn-00000001' }, NOW - DAY, NOW + 10))
        .invocations,
    ).toBe(10)
  })

  test('keeps executions up to a number of bytes', async () => {
    await withFunction()
    const response = { encoding: 'text', value: 'x'.repeat(1000), truncated: false } as const
    for (let index = 0; index < 10; index += 1) await tables.executions.append(record({ response }))
    await tables.executions.prune({ ...KEEP_ALL, maxBytesPerFunction: 5000 }, NOW)
    const { total } = await tables.executions.newest({ functionId: 'fn-00000001' }, 100)
    expect(total).toBeGreaterThan(1)
    expect(total).toBeLessThan(5)
  })

  test('keeps executions up to an age, and their totals for as long as a window asks', async () => {
    await withFunction()
    await tables.executions.append(record({ endedAtMs: NOW - 2 * DAY }))
    await tables.executions.append(record({ endedAtMs: NOW - DAY + 1 }))
    await tables.executions.append(record({ endedAtMs: NOW }))
    await tables.executions.prune({ ...KEEP_ALL, maxAgeMs: 1000 }, NOW)
    expect((await tables.executions.newest({ functionId: 'fn-00000001' }, 100)).total).toBe(1)
    expect(
      (await tables.executions.totals({ functionId: 'fn-00000001' }, NOW - DAY, NOW)).invocations,
    ).toBe(2)
    expect(
      (await tables.executions.totals({ functionId: 'fn-00000001' }, 0, NOW)).invocations,
    ).toBe(2)
  })
})
