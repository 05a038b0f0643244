import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { openSqliteTables } from '../../src/index.ts'
import { MIGRATIONS } from '../../src/storage/sqlite/migrations.ts'
import { functionRow, NOW, record, workspaceRow } from './rows.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'))
  path = join(folder, 'console.db')
})

afterEach(() => rmSync(folder, { recursive: true }))

test.each([300, 450, 600])(
  'has every acknowledged execution after kill -9 %i ms in',
  async (afterMs) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-writer.ts'), path], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    child.kill('SIGKILL')
    await once(child, 'close')
    const acknowledged = output.slice(0, output.lastIndexOf('\n')).split('\n')
    const tables = openSqliteTables({ path })
    const { rows, total } = await tables.executions.newest({ functionId: 'fn-00000001' }, 1e6)
    const ids = new Set(rows.map((row) => row.record.id))
    expect(acknowledged.length).toBeGreaterThan(3)
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([])
    // Log, number and totals were one write.
    const [from, to] = [0, Date.now() + 3_600_000]
    const totals = await tables.executions.totals({ functionId: 'fn-00000001' }, from, to)
    expect([total, totals.invocations]).toEqual([rows.length, rows.length])
    await tables.close()
  },
)

test('goes on with the same rows after close and open', async () => {
  const before = openSqliteTables({ path })
  await before.workspaces.insert(workspaceRow())
  await before.functions.insert(functionRow())
  await before.executions.append(record())
  await before.close()
  const after = openSqliteTables({ path })
  expect(await after.functions.get('fn-00000001')).toEqual(functionRow())
  expect((await after.executions.newest({ functionId: 'fn-00000001' }, 1)).rows[0]?.record).toEqual(
    record(),
  )
  await after.close()
})

test('never gives a place in the log twice, also when the newest was dropped', async () => {
  const tables = openSqliteTables({ path })
  await tables.workspaces.insert(workspaceRow())
  await tables.functions.insert(functionRow())
  const first = await tables.executions.append(record())
  await tables.functions.delete('fn-00000001')
  await tables.purge()
  await tables.functions.insert(functionRow())
  expect(await tables.executions.append(record())).toBeGreaterThan(first ?? 0)
  await tables.close()
})

test('finishes a deletion that was cut off between its two steps', async () => {
  const before = openSqliteTables({ path })
  await before.workspaces.insert(workspaceRow())
  await before.functions.insert(functionRow())
  for (let index = 0; index < 50; index += 1) await before.executions.append(record())
  await before.workspaces.delete('ws-00000001')
  await before.close()
  const count = (): number[] => {
    const db = new DatabaseSync(path)
    const tables = [
      'executions',
      'execution_details',
      'execution_minutes',
      'stored_counts',
      'gone_functions',
    ]
    const counts = tables.map((table) =>
      Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']),
    )
    db.close()
    return counts
  }
  expect(count()).toEqual([50, 50, 1, 1, 1])
  const after = openSqliteTables({ path })
  await after.purge()
  await after.close()
  expect(count()).toEqual([0, 0, 0, 0, 0])
})

test('drops thousands of rows of a deleted function without holding up other work', async () => {
  const tables = openSqliteTables({ path })
  await tables.workspaces.insert(workspaceRow())
  await tables.functions.insert(functionRow())
  await Promise.all(Array.from({ length: 9000 }, () => tables.executions.append(record())))
  await tables.functions.delete('fn-00000001')
  let turns = 0
  const timer = setInterval(() => (turns += 1), 0)
  await tables.purge()
  clearInterval(timer)
  expect(turns).toBeGreaterThan(1)
  expect((await tables.executions.totals({ functionId: 'fn-00000001' }, 0, NOW)).invocations).toBe(
    0,
  )
  await tables.close()
})

test('lifts a file of the first version, with every execution as it was', async () => {
  const failed = record({
    id: 'ex-2',
    endedAtMs: NOW + 1,
    isError: true,
    failure: { code: 'EXECUTION_ERROR', message: 'Traceback' },
    request: null,
    lines: [],
    logsTruncated: true,
  })
  const db = new DatabaseSync(path)
  db.exec(`${MIGRATIONS[0] ?? ''}; PRAGMA user_version = 1`)
  const functionId = 'fn-00000001'
  for (const each of [record(), failed]) {
    const seq = db
      .prepare(
        'INSERT INTO executions (function_id, workspace_id, ended_at_ms, is_error, duration_ms) VALUES (?, ?, ?, 0, 1)',
      )
      .run(functionId, 'ws-00000001', each.endedAtMs).lastInsertRowid
    db.prepare('INSERT INTO execution_details VALUES (?, ?, ?, ?, ?)').run(
      seq,
      functionId,
      each.endedAtMs,
      9,
      JSON.stringify(each),
    )
  }
  db.close()
  const tables = openSqliteTables({ path })
  const { rows } = await tables.executions.newest({ functionId }, 10)
  expect(rows.map((row) => row.record)).toEqual([failed, record()])
  expect(await tables.executions.get(functionId, 'ex-2')).toEqual(failed)
  expect(await tables.executions.heads({ functionId }, 10)).toMatchObject([
    { id: 'ex-2', isError: true, failureCode: 'EXECUTION_ERROR', lastLine: null },
    { id: 'ex-1', isError: false, failureCode: null, lastLine: '안녕' },
  ])
  await tables.close()
})

test('refuses a file of a newer program and leaves it as it is', () => {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 99')
  db.close()
  expect(() => openSqliteTables({ path })).toThrow(/schema version 99/)
  const again = new DatabaseSync(path)
  expect(again.prepare('PRAGMA user_version').get()?.['user_version']).toBe(99)
  again.close()
})

test('rejects every execution of a batch that could not be written', async () => {
  const tables = openSqliteTables({ path, busyTimeoutMs: 1 })
  await tables.workspaces.insert(workspaceRow())
  await tables.functions.insert(functionRow())
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  const results = await Promise.allSettled([
    tables.executions.append(record()),
    tables.executions.append(record()),
  ])
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected'])
  other.exec('ROLLBACK')
  other.close()
  expect(await tables.executions.append(record())).not.toBeNull()
  expect((await tables.executions.newest({ functionId: 'fn-00000001' }, 10)).total).toBe(1)
  await tables.close()
})

test('writes what is pending when it is closed', async () => {
  const tables = openSqliteTables({ path })
  await tables.workspaces.insert(workspaceRow())
  await tables.functions.insert(functionRow())
  const pending = tables.executions.append(record())
  await tables.close()
  expect(await pending).not.toBeNull()
  const after = openSqliteTables({ path })
  expect((await after.executions.newest({ functionId: 'fn-00000001' }, 10)).total).toBe(1)
  await after.close()
})
