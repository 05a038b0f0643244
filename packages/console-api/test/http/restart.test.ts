import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogsResponse } from '../../src/contract/index.ts'
import { openFileObjects, openSqliteTables, type ConsoleApiPorts } from '../../src/index.ts'
import { createBench, type Bench } from '../http.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'restart-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

async function open(): Promise<Bench> {
  const ports: Partial<ConsoleApiPorts> = {
    tables: openSqliteTables({ path: join(folder, 'console.db') }),
    objects: await openFileObjects(join(folder, 'objects')),
  }
  return createBench({ ports })
}

async function close({ api, ports }: Bench): Promise<void> {
  await api.close()
  await ports.tables.close()
}

test('has everything again after a restart', async () => {
  const before = await open()
  const { ws, path } = await before.ready({
    environmentVariables: { KEY: '값' },
    description: '설명',
  })
  await before.call(`POST ${path}/invoke`, { a: 1 })
  const seen = await Promise.all([
    before.json(`GET /api/workspaces`),
    before.json(`GET ${path}`),
    before.json(`GET ${path}/logs`),
  ])
  await close(before)
  const after = await open()
  expect(
    await Promise.all([
      after.json(`GET /api/workspaces`),
      after.json(`GET ${path}`),
      after.json(`GET ${path}/logs`),
    ]),
  ).toEqual(seen)
  await after.call(`POST ${path}/invoke`, {})
  expect((await after.json<LogsResponse>(`GET /api/workspaces/${ws.id}/logs`)).total).toBe(2)
  await close(after)
})

test('finishes a deletion of a workspace that a crash cut off after its rows', async () => {
  const before = await open()
  const { ws, path } = await before.ready()
  await before.call(`POST ${path}/invoke`, {})
  // The first of the three steps of a deletion; the process dies before the others.
  await before.ports.tables.workspaces.delete(ws.id)
  await close(before)
  const after = await open()
  expect(await after.error(`GET ${path}`)).toMatchObject({ status: 404 })
  expect(await after.ports.objects.list('')).toEqual([])
  expect(after.problems).toEqual([])
  await close(after)
})

test('keeps a hundred calls at a time on real tables exactly counted', async () => {
  const bench = await open()
  const { path } = await bench.ready()
  const responses = await Promise.all(
    Array.from({ length: 100 }, () => bench.call(`POST ${path}/invoke`, {})),
  )
  expect(responses.every((response) => response.status === 200)).toBe(true)
  expect(await bench.json(`GET ${path}`)).toMatchObject({
    invocations24h: 100,
    errors24h: 0,
    avgDuration: 1,
  })
  expect((await bench.json<LogsResponse>(`GET ${path}/logs`)).total).toBe(100)
  await close(bench)
})
