import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createFileExecutionStore,
  createFileSessionStore,
  createMemoryExecutionStore,
  createMemorySessionStore,
  type AuditEvent,
  type ExecutionRecord,
  type Principal,
} from '../../src/index.ts'
import { createFakeEngine, type FakeProgram } from '../../src/testing/index.ts'
import { createBreakable } from '../breakable.ts'
import { connectMemory, createWorld, type World } from '../memory.ts'
import type { Json } from '../support.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sandbox-executions-'))
})
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

const run = async (world: World, code: string): Promise<string> =>
  (await world.peer.call('execution.run', { language: 'python', code })).result.executionId

const status = async (world: World, executionId: string): Promise<Json> =>
  (await world.peer.call('execution.status', { executionId })).result

/** Servers one after the other over the same folder; the one before is left as a crash leaves it. */
const createServers = (programs: Readonly<Record<string, FakeProgram>> = {}) => {
  const engine = createFakeEngine({ programs })
  return (): Promise<World> =>
    createWorld({
      engines: [engine],
      store: createFileSessionStore(join(directory, 'sessions')),
      executionStore: createFileExecutionStore(join(directory, 'executions')),
    })
}

/** Starts what was accepted, and waits until its status is as told. */
const until = async (world: World, executionId: string, wanted: string): Promise<Json> => {
  await world.clock.advance(0)
  await expect.poll(() => status(world, executionId)).toMatchObject({ status: wanted })
  return status(world, executionId)
}

describe('a server that starts again', () => {
  test('still knows how a program ended, and what it printed', async () => {
    const start = createServers()
    const before = await start()
    const id = await run(before, 'print(6 * 7)')
    const ended = await until(before, id, 'completed')
    expect(ended).toMatchObject({ exitCode: 0, stdout: '42\n' })
    expect(await status(await start(), id)).toEqual(ended)
  })

  test('says of a program that was accepted or ran that its end is lost, and ends its session', async () => {
    const start = createServers({ python3: () => new Promise(() => {}) })
    const before = await start()
    const running = await run(before, '')
    await until(before, running, 'running')
    const queued = await run(before, '')
    const after = await start()
    for (const id of [running, queued])
      expect(await status(after, id)).toEqual({
        executionId: id,
        status: 'failed',
        error: expect.stringContaining('The server ended before this program did'),
      })
    expect((await after.peer.call('session.list')).result.count).toBe(0)
    // What was said once stays said.
    expect(await status(await start(), queued)).toMatchObject({ status: 'failed' })
  })

  test('tells a program only to whom it belongs', async () => {
    const executionStore = createMemoryExecutionStore()
    const owner: Principal = { id: 'ada' }
    const before = await createWorld({ executionStore })
    const ada = connectMemory(before.server, owner)
    const { result } = await ada.call('execution.run', { language: 'python', code: '' })
    const after = await createWorld({ executionStore })
    const ask = async (principal: Principal | undefined) =>
      (await connectMemory(after.server, principal).call('execution.status', result)).error?.code
    expect(await ask(owner)).toBe(-32602)
    const { executionId } = result
    const asked = (principal?: Principal) =>
      connectMemory(after.server, principal).call('execution.status', { executionId })
    expect((await asked(owner)).result.status).toBe('failed')
    expect((await asked({ id: 'eve' })).result.status).toBe('not_found')
    expect((await asked()).result.status).toBe('not_found')
  })

  test('skips files that are no records, and removes what a crash left half-written', async () => {
    const place = join(directory, 'executions')
    const store = createFileExecutionStore(place)
    await store.load()
    const id = '00000000-0000-4000-8000-000000000000'
    await writeFile(join(place, `${id}.json`), '{"executionId": 1}')
    await writeFile(join(place, `${id}.json.next`), '{')
    await writeFile(join(place, 'x.json'), 'not JSON')
    expect(await store.load()).toEqual([])
    expect((await readdir(place)).toSorted()).toEqual([`${id}.json`, 'x.json'])
    const record = { executionId: '../../x' } as ExecutionRecord
    await expect(store.save(record)).rejects.toThrow('An execution id is a UUID.')
  })
})

describe('records of executions', () => {
  test('are those of the newest hundred, in the store as in memory', async () => {
    const executionStore = createMemoryExecutionStore()
    const world = await createWorld({ executionStore })
    const ids: string[] = []
    for (let n = 0; n < 105; n++) {
      ids.push(await run(world, 'print(1)'))
      await world.clock.advance(1)
    }
    const kept = (await executionStore.load()).map(({ executionId }) => executionId)
    expect(kept).toEqual(ids.slice(5))
    expect(await status(world, ids[4] ?? '')).toMatchObject({ status: 'not_found' })
    expect(await status(world, ids[5] ?? '')).toMatchObject({ status: 'completed' })
  })

  test('refuse a program that cannot be noted: nothing runs, nothing stays', async () => {
    const { store, state } = createBreakable(createMemoryExecutionStore())
    const events: AuditEvent[] = []
    const audit = { record: (event: AuditEvent) => events.push(event) }
    const world = await createWorld({ executionStore: store, audit })
    state.broken = true
    const { error } = await world.peer.call('execution.run', { language: 'python', code: '' })
    expect(error).toMatchObject({
      code: -32016,
      data: { code: 'STORAGE_FAILED', reason: 'EROFS', executionId: expect.any(String) },
    })
    expect(JSON.stringify(error)).not.toContain('secret')
    await world.clock.advance(0)
    expect(world.engine.containers.size).toBe(0)
    expect(events.map(({ type }) => type)).not.toContain('session.created')
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'store.failed',
        executionId: error.data.executionId,
        message: 'Error: EROFS: /secret/place',
      }),
    )
    state.broken = false
    await world.clock.advance(20_000)
    expect(await store.load()).toEqual([])
    expect(world.server.health().store).toEqual({ status: 'ok' })
  })

  test('say in the status when a result may not survive a restart, and are written when the store works again', async () => {
    const sessions = createBreakable(createMemorySessionStore())
    const { store, state } = createBreakable(createMemoryExecutionStore())
    const world = await createWorld({ store: sessions.store, executionStore: store })
    const id = await run(world, 'print(1)')
    state.broken = true
    await world.clock.advance(0)
    expect(await status(world, id)).toMatchObject({
      status: 'completed',
      stdout: '1\n',
      error: expect.stringContaining(`The record of execution ${id} could not be stored (EROFS)`),
    })
    const degraded = { status: 'degraded', reason: 'EROFS', sessions: 0, executions: 1 }
    expect(world.server.health().store).toMatchObject(degraded)
    state.broken = false
    await world.clock.advance(20_000)
    expect(await store.load()).toMatchObject([{ status: { status: 'completed', stdout: '1\n' } }])
    expect(world.server.health().store).toEqual({ status: 'ok' })
  })
})
