import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  createFileSessionStore,
  createMemorySessionStore,
  createSandboxServer,
  type SessionRecord,
} from '../../src/index.ts'
import { createFakeEngine, createManualClock } from '../../src/testing/index.ts'
import { connectMemory } from '../memory.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sandbox-store-'))
})
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))

const list = { type: 'list_directory' }

describe('a server that starts again', () => {
  test('takes over sessions with their files, counts and limits', async () => {
    const clock = createManualClock()
    const engine = createFakeEngine({ clock })
    const start = () =>
      createSandboxServer({ engines: [engine], clock, store: createFileSessionStore(directory) })
    const before = connectMemory(await start())
    const { sessionId, createdAt } = (
      await before.call('session.create', { language: 'python', idleTimeoutMinutes: 10 })
    ).result
    await before.call('session.execute', {
      sessionId,
      command: { type: 'write_file', path: 'f', content: 'kept' },
    })
    await clock.advance(60_000)
    const after = connectMemory(await start())
    expect((await after.call('session.list')).result.sessions[0]).toMatchObject({
      sessionId,
      createdAt,
      executionCount: 1,
      idleMinutes: 1,
      lifetimeMinutes: 1,
    })
    const { result } = await after.call('session.execute', {
      sessionId,
      command: { type: 'read_file', path: 'f' },
    })
    expect(result.result.content).toBe('kept')
    await clock.advance(10 * 60_000)
    expect(
      (await after.call('session.execute', { sessionId, command: list })).error.data.reason,
    ).toBe('idle')
    await expect.poll(() => readdir(directory)).toEqual([])
  })

  test('ends sessions whose time ran out meanwhile, and their containers', async () => {
    const clock = createManualClock()
    const engine = createFakeEngine({ clock })
    const store = createMemorySessionStore()
    const before = connectMemory(
      await createSandboxServer({ engines: [engine], clock: createManualClock(), store }),
    )
    const { sessionId } = (await before.call('session.create', { language: 'python' })).result
    await clock.advance(121 * 60_000)
    const after = connectMemory(await createSandboxServer({ engines: [engine], clock, store }))
    await clock.advance(0)
    expect((await after.call('session.execute', { sessionId, command: list })).error).toMatchObject(
      { code: -32002, data: { reason: 'lifetime' } },
    )
    expect(engine.containers.size).toBe(0)
    expect(await store.load()).toEqual([])
  })

  test.each([
    ['its engine has nothing of it left', createFakeEngine(), 'nothing of it left'],
    ['its engine is not there any more', createFakeEngine({ name: 'other' }), 'not there any more'],
    [
      'its engine fails',
      { ...createFakeEngine(), attach: () => Promise.reject(new Error('x')) },
      'could not take it over',
    ],
  ])('answers SESSION_LOST for a session when %s', async (_when, engine, reason) => {
    const store = createFileSessionStore(directory)
    const before = connectMemory(
      await createSandboxServer({ engines: [createFakeEngine()], store }),
    )
    const { sessionId } = (await before.call('session.create', { language: 'python' })).result
    const after = connectMemory(await createSandboxServer({ engines: [engine], store }))
    expect((await after.call('session.list')).result.count).toBe(0)
    const { error } = await after.call('session.execute', { sessionId, command: list })
    expect(error).toMatchObject({ code: -32015, data: { code: 'SESSION_LOST', sessionId } })
    expect(error.message).toContain(reason)
    expect(await store.load()).toEqual([])
  })

  test('gives sessions back to their principals only', async () => {
    const engine = createFakeEngine()
    const store = createFileSessionStore(directory)
    const before = connectMemory(await createSandboxServer({ engines: [engine], store }), {
      id: 'ann',
    })
    const { sessionId } = (await before.call('session.create', { language: 'python' })).result
    const server = await createSandboxServer({ engines: [engine], store })
    expect(
      (
        await connectMemory(server, { id: 'bob' }).call('session.execute', {
          sessionId,
          command: list,
        })
      ).error.code,
    ).toBe(-32001)
    expect(
      (
        await connectMemory(server, { id: 'ann' }).call('session.execute', {
          sessionId,
          command: list,
        })
      ).result.success,
    ).toBe(true)
  })

  test('keeps sessions for the next one when it is told to, and else destroys them', async () => {
    const engine = createFakeEngine()
    const store = createFileSessionStore(directory)
    const first = await createSandboxServer({ engines: [engine], store })
    await connectMemory(first).call('session.create', { language: 'python' })
    await first.close({ keepSessions: true })
    expect(engine.containers.size).toBe(1)
    const second = await createSandboxServer({ engines: [engine], store })
    expect(second.health().sessions).toBe(1)
    await second.close()
    expect(engine.containers.size).toBe(0)
    expect(await store.load()).toEqual([])
  })

  test('a server that kept its sessions for the next one does not end them later', async () => {
    const clock = createManualClock()
    const engine = createFakeEngine({ clock })
    const server = await createSandboxServer({ engines: [engine], clock })
    const peer = connectMemory(server)
    const { sessionId } = (await peer.call('session.create', { language: 'python' })).result
    const command = { type: 'shell', command: 'sleep', args: ['9000'] }
    peer.send({
      jsonrpc: '2.0',
      id: 'r',
      method: 'session.execute',
      params: { sessionId, command },
    })
    await server.close({ keepSessions: true })
    await clock.advance(200 * 60_000)
    expect(engine.containers.size).toBe(1)
  })

  test('after kill -9 every session that was acknowledged is in the store', async () => {
    const script = `
      import { createSandboxServer, createFileSessionStore } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
      import { createFakeEngine } from ${JSON.stringify(new URL('../../src/testing/index.ts', import.meta.url).href)}
      const server = await createSandboxServer({ engines: [createFakeEngine()], store: createFileSessionStore(process.argv[1]) })
      console.log((await server.listen({ port: 0 })).url)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const url = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data) => resolve(String(data).trim())),
    )
    const { connectPeer } = await import('../support.ts')
    const peer = await connectPeer(url)
    const acknowledged: string[] = []
    for (let n = 0; n < 20; n++)
      acknowledged.push(
        (await peer.call('session.create', { language: 'python' })).result.sessionId,
      )
    child.kill('SIGKILL')
    await peer.closed
    const server = await createSandboxServer({
      engines: [createFakeEngine()],
      store: createFileSessionStore(directory),
    })
    const after = connectMemory(server)
    for (const sessionId of acknowledged)
      expect((await after.call('session.execute', { sessionId, command: list })).error.code).toBe(
        -32015,
      )
  })
})

describe('the file store', () => {
  const record: SessionRecord = {
    sessionId: 'a'.repeat(32),
    engine: 'fake',
    language: 'python',
    createdAtMs: 1,
    lastActivityMs: 2,
    executionCount: 3,
    idleTimeoutMinutes: 4,
    maxLifetimeMinutes: 5,
    memoryLimitBytes: 6,
    diskLimitBytes: 7,
    inodeLimit: 8,
  }

  test('reads what it wrote, skips half a file and other files, and clears leftovers', async () => {
    const store = createFileSessionStore(directory)
    await store.save(record)
    await writeFile(join(directory, `${'b'.repeat(32)}.json`), '{"sessionId":"bb')
    await writeFile(join(directory, `${'c'.repeat(32)}.json`), '{"sessionId":"cc"}')
    await writeFile(join(directory, `${'d'.repeat(32)}.json.next`), JSON.stringify(record))
    await writeFile(join(directory, 'notes.txt'), 'x')
    expect(await store.load()).toEqual([record])
    expect((await readdir(directory)).filter((name) => name.endsWith('.next'))).toEqual([])
    await store.remove(record.sessionId)
    await store.remove(record.sessionId)
    expect(await store.load()).toEqual([])
  })

  test('an id that is no id never becomes a path', async () => {
    const store = createFileSessionStore(directory)
    await expect(store.remove('../../etc/passwd')).rejects.toThrow(TypeError)
    await expect(store.save({ ...record, sessionId: '../x' })).rejects.toThrow(TypeError)
  })
})
