import { mkdtempSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeCode } from '../../src/contract/index.ts'
import { openFileObjects, openSqliteTables, type Tables } from '../../src/index.ts'
import { createBench, type Bench } from '../http.ts'

let folder: string
let tables: Tables
let bench: Bench
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'console-storage-'))
  mkdirSync(join(folder, 'data'))
  tables = openSqliteTables({ path: join(folder, 'data', 'functions.db') })
  const objects = await openFileObjects(join(folder, 'data', 'objects'))
  bench = createBench({ ports: { tables, objects } })
})
afterEach(async () => {
  await bench.api.close()
  await tables.close().catch(() => undefined)
  rmSync(folder, { recursive: true })
})

const ok = { tables: { status: 'ok' }, objects: { status: 'ok' } }

describe('a database that fails', () => {
  test('an execution that cannot be stored is no success, and is told to the platform', async () => {
    const { path } = await bench.ready()
    expect(bench.api.storage()).toEqual(ok)
    const { api, problems, error } = bench
    const append = tables.executions.append.bind(tables.executions)
    Object.assign(tables.executions, { append: async () => Promise.reject(sqliteFull()) })
    const failed = await error(`POST ${path}/invoke`, '{}')
    expect(failed).toMatchObject({
      status: 500,
      code: 'INTERNAL_ERROR',
      message: expect.stringContaining('ran but its execution could not be stored'),
      details: {
        executionId: expect.any(String),
        storage: 'tables',
        reason: 'database or disk is full',
      },
    })
    expect(problems).toHaveLength(1)
    expect(String(problems[0])).toContain('database or disk is full')
    expect(api.storage()).toMatchObject({
      tables: { status: 'degraded', reason: 'database or disk is full' },
      objects: { status: 'ok' },
    })
    Object.assign(tables.executions, { append })
    expect((await bench.call(`POST ${path}/invoke`, '{}')).ok).toBe(true)
    expect(api.storage()).toEqual(ok)
  })

  test('every route says that storage is the reason', async () => {
    const { ws, path } = await bench.ready()
    await tables.close()
    const reason = expect.stringMatching(/not open|finalized/)
    const source = { name: 'b', code: encodeCode('echo') }
    for (const [target, body, code] of [
      ['POST /api/workspaces', { name: 'x' }, 'CREATE_ERROR'],
      [`POST /api/workspaces/${ws.id}/functions`, source, 'CREATE_ERROR'],
      [`GET ${path}`, undefined, 'READ_ERROR'],
      [`PATCH ${path}`, { name: 'y' }, 'UPDATE_ERROR'],
      [`DELETE ${path}`, undefined, 'DELETE_ERROR'],
    ] as const)
      expect(await bench.error(target, body), target).toMatchObject({
        status: 500,
        code,
        details: { storage: 'tables', reason },
      })
    expect(bench.api.storage().tables).toMatchObject({ status: 'degraded', reason })
  })
})

describe('a folder that went away', () => {
  test('takes no more rows: what would be written to a deleted file is refused', async () => {
    const { path } = await bench.ready()
    const data = join(folder, 'data')
    renameSync(data, `${data}.away`)
    const refused = await bench.error('POST /api/workspaces', { name: 'lost' })
    expect(refused).toMatchObject({ code: 'CREATE_ERROR', details: { storage: 'tables' } })
    expect(refused.details['reason']).toContain('was moved or deleted')
    expect(JSON.stringify(refused)).not.toContain(folder)
    const invoked = await bench.error(`POST ${path}/invoke`, '{}')
    expect(invoked).toMatchObject({ code: 'INTERNAL_ERROR', details: { storage: 'tables' } })
    renameSync(`${data}.away`, data)
    expect((await bench.call(`POST ${path}/invoke`, '{}')).ok).toBe(true)
    expect(bench.api.storage()).toEqual(ok)
  })

  test('takes no code either, and does once it is back', async () => {
    const { path } = await bench.ready()
    const objects = join(folder, 'data', 'objects')
    renameSync(objects, `${objects}.away`)
    const body = { code: encodeCode('status') }
    expect(await bench.error(`PATCH ${path}`, body)).toMatchObject({
      code: 'UPDATE_ERROR',
      details: { storage: 'objects', reason: 'ENOENT' },
    })
    expect(bench.api.storage().objects).toMatchObject({ status: 'degraded', reason: 'ENOENT' })
    renameSync(`${objects}.away`, objects)
    rmSync(join(objects, '.incoming'), { recursive: true })
    expect((await bench.call(`PATCH ${path}`, body)).ok).toBe(true)
    expect(bench.api.storage()).toEqual(ok)
  })
})

/** What `node:sqlite` throws when the disk is full. */
function sqliteFull(): Error {
  return Object.assign(new Error('database or disk is full'), {
    code: 'ERR_SQLITE_ERROR',
    errcode: 13,
    errstr: 'database or disk is full',
  })
}
