import { mkdtemp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  createFileSessionStore,
  createMemorySessionStore,
  createSandboxServer,
  type AuditEvent,
  type SessionRecord,
  type SessionStore,
} from '../../src/index.ts'
import { createFakeEngine } from '../../src/testing/index.ts'
import { createBreakable } from '../breakable.ts'
import { connectMemory, createWorld } from '../memory.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sandbox-storage-'))
})
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

const write = { type: 'write_file', path: 'f', content: 'x' }

/** A store whose writes wait until they are let go, and that notes what it was asked to save. */
const createHeldStore = () => {
  const saved: SessionRecord[] = []
  const waiting: (() => void)[] = []
  let held = false
  const store: SessionStore = {
    ...createMemorySessionStore(),
    save: async (record) => {
      if (held) await new Promise<void>((resolve) => waiting.push(resolve))
      saved.push(record)
    },
  }
  return {
    store,
    saved,
    waiting,
    hold: () => {
      held = true
    },
    letGo: () => {
      held = false
      for (const go of waiting.splice(0)) go()
    },
  }
}

describe('a record', () => {
  test('is in the store before the answer that it counts', async () => {
    const store = createFileSessionStore(directory)
    const peer = connectMemory(await createSandboxServer({ engines: [createFakeEngine()], store }))
    const { sessionId } = (await peer.call('session.create', { language: 'python' })).result
    for (let count = 1; count <= 20; count++) {
      await peer.call('session.execute', { sessionId, command: write })
      const file = await readFile(join(directory, `${sessionId}.json`), 'utf8')
      expect(JSON.parse(file)).toMatchObject({ executionCount: count })
    }
    await peer.call('session.close', { sessionId })
    await expect(readFile(join(directory, `${sessionId}.json`))).rejects.toThrow('ENOENT')
  })

  test('that is not kept yet holds its answer back, and no other session', async () => {
    const held = createHeldStore()
    const world = await createWorld({ store: held.store })
    const first = await world.create()
    held.hold()
    world.start(first, write, 'held')
    await world.clock.advance(0)
    expect(world.peer.received.some(({ id }) => id === 'held')).toBe(false)
    held.letGo()
    expect((await world.peer.wait(({ id }) => id === 'held')).result.success).toBe(true)

    const slow: SessionStore = {
      ...held.store,
      save: (record) =>
        record.language === 'javascript' && record.executionCount > 0
          ? new Promise(() => {})
          : held.store.save(record),
    }
    const other = await createWorld({ store: slow })
    const stuck = await other.create({ language: 'javascript' })
    const free = await other.create()
    other.start(stuck, write, 'stuck')
    expect(await other.run(free, write)).toMatchObject({ success: true })
    expect(other.peer.received.some(({ id }) => id === 'stuck')).toBe(false)
  })

  test('of many commands at once is written a few times only', async () => {
    const held = createHeldStore()
    const world = await createWorld({ store: held.store })
    const id = await world.create()
    held.hold()
    for (let n = 0; n < 40; n++) world.start(id, write, `w${n}`)
    await world.clock.advance(0)
    held.letGo()
    await world.peer.wait((message) => message.id === 'w39')
    expect(held.saved.at(-1)?.executionCount).toBe(40)
    expect(held.saved.length).toBeLessThan(6)
  })

  test('notes a command that starts after a pause, so that a crash in its middle does not make the session old', async () => {
    const held = createHeldStore()
    const world = await createWorld({ store: held.store })
    const id = await world.create()
    await world.clock.advance(60_000)
    world.start(id, { type: 'shell', command: 'sleep', args: ['5000'] }, 's')
    await world.clock.advance(1)
    expect(held.saved.at(-1)).toMatchObject({
      lastActivityMs: (held.saved[0]?.createdAtMs ?? 0) + 60_000,
    })
  })
})

describe('a store that fails', () => {
  test('is told in the answer with what the command did, in the trail and in health, until it works again', async () => {
    const { store, state } = createBreakable(createMemorySessionStore())
    const events: AuditEvent[] = []
    const world = await createWorld({ store, audit: { record: (event) => events.push(event) } })
    const id = await world.create()
    expect(world.server.health().store).toEqual({ status: 'ok' })
    state.broken = true
    const error = await world.run(id, write)
    expect(error).toMatchObject({
      code: -32016,
      data: {
        code: 'STORAGE_FAILED',
        sessionId: id,
        reason: 'EROFS',
        outcome: { success: true, result: { path: '/workspace/f', bytes: 1 }, error: null },
      },
    })
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(events.find(({ type }) => type === 'store.failed')).toMatchObject({
      sessionId: id,
      message: 'Error: EROFS: /secret/place',
    })
    expect(world.server.health().store).toMatchObject({
      status: 'degraded',
      reason: 'EROFS',
      sessions: 1,
    })
    state.broken = false
    expect(await world.run(id, write)).toMatchObject({ success: true })
    expect(world.server.health().store).toEqual({ status: 'ok' })
    expect(events.at(-1)).toMatchObject({ type: 'store.recovered' })
  })

  test('is tried again without being asked, and holds the newest state then', async () => {
    const { store, state } = createBreakable(createMemorySessionStore())
    const world = await createWorld({ store })
    const id = await world.create()
    state.broken = true
    await world.run(id, write)
    await world.run(id, write)
    await world.clock.advance(20_000)
    expect(world.server.health().store.status).toBe('degraded')
    state.broken = false
    await world.clock.advance(20_000)
    expect(world.server.health().store).toEqual({ status: 'ok' })
    expect(await store.load()).toMatchObject([{ sessionId: id, executionCount: 2 }])
  })

  test('refuses session.create by name and leaves nothing behind', async () => {
    const { store, state } = createBreakable(createMemorySessionStore())
    const world = await createWorld({ store })
    state.broken = true
    const { error } = await world.peer.call('session.create', { language: 'python' })
    expect(error).toMatchObject({ code: -32016, data: { code: 'STORAGE_FAILED', reason: 'EROFS' } })
    expect(world.engine.containers.size).toBe(0)
    expect((await world.peer.call('session.list')).result.count).toBe(0)
    state.broken = false
    await world.create()
    expect(world.server.health().store).toEqual({ status: 'ok' })
  })

  test('does not acknowledge session.close, which ends the session all the same', async () => {
    const { store, state } = createBreakable(createMemorySessionStore())
    const world = await createWorld({ store })
    const id = await world.create()
    state.broken = true
    const { error } = await world.peer.call('session.close', { sessionId: id })
    expect(error).toMatchObject({ code: -32016, data: { sessionId: id } })
    expect(world.engine.containers.size).toBe(0)
    expect((await world.run(id, write)).code).toBe(-32002)
    state.broken = false
    await world.clock.advance(20_000)
    expect(await store.load()).toEqual([])
  })

  test('is a real folder that went away: commands say so, and go on when it is back', async () => {
    const place = join(directory, 'registry')
    const store = createFileSessionStore(place)
    const world = await createWorld({ store })
    const id = await world.create()
    await rename(place, `${place}.away`)
    expect(await world.run(id, write)).toMatchObject({
      code: -32016,
      data: { code: 'STORAGE_FAILED', reason: 'ENOENT' },
    })
    await mkdir(place)
    expect(await world.run(id, write)).toMatchObject({ success: true })
    expect(await store.load()).toMatchObject([{ sessionId: id, executionCount: 2 }])
  })

  test('an engine that cannot keep the files is passed on as what it is', async () => {
    const world = await createWorld()
    const id = await world.create()
    const container = world.engine.containers.get(id)
    const cause = Object.assign(new Error('/secret'), { code: 'ENOSPC' })
    const fail = (code: string) => () =>
      Promise.reject(Object.assign(new Error(`${code}!`, { cause }), { code }))
    if (container) Object.assign(container.files, { writeFile: fail('STORAGE_FAILED') })
    expect(await world.run(id, write)).toMatchObject({
      code: -32016,
      message: expect.stringContaining('STORAGE_FAILED!'),
      data: { code: 'STORAGE_FAILED', sessionId: id, reason: 'ENOSPC' },
    })
    if (container) Object.assign(container.files, { writeFile: fail('CAPACITY') })
    expect(await world.run(id, write)).toMatchObject({ code: -32009, data: { code: 'CAPACITY' } })
    const full = await createSandboxServer({
      engines: [{ ...createFakeEngine(), create: fail('CAPACITY') }],
    })
    const { error } = await connectMemory(full).call('session.create', { language: 'python' })
    expect(error).toMatchObject({ code: -32009, message: 'CAPACITY!' })
  })
})
