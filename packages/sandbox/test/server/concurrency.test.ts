import { describe, expect, test } from 'vitest'
import { connectMemory, createWorld, type World } from '../memory.ts'

const sleep = (ms: number, more: Record<string, unknown> = {}) => ({
  type: 'execute_shell',
  commandName: 'sleep',
  args: [String(ms)],
  ...more,
})

const answered = (world: World): unknown[] =>
  world.peer.received.filter((message) => 'id' in message).map(({ id }) => id)

describe('order', () => {
  test('commands of one session run in the order they came, those of two at the same time', async () => {
    const world = await createWorld()
    const [a, b] = [await world.create(), await world.create()]
    const before = answered(world).length
    world.start(a, sleep(100), 'a1')
    world.start(a, sleep(1), 'a2')
    world.start(b, sleep(50), 'b1')
    await world.clock.advance(200)
    expect(answered(world).slice(before)).toEqual(['b1', 'a1', 'a2'])
  })

  test('a batch is one session after the other as well, and its answers keep their places', async () => {
    const world = await createWorld()
    const id = await world.create()
    const command = (n: number, more: Record<string, unknown>) => ({
      jsonrpc: '2.0',
      id: n,
      method: 'session.execute',
      params: { sessionId: id, command: more },
    })
    world.peer.send([
      command(1, sleep(50)),
      command(2, { type: 'write_file', path: 'f', content: 'late' }),
      command(3, { type: 'read_file', path: 'f' }),
    ])
    await world.clock.advance(60)
    const batch = world.peer.received.at(-1)
    expect(batch.map((answer: { id: number }) => answer.id)).toEqual([1, 2, 3])
    expect(batch[2].result.result.content).toBe('late')
  })

  test('list, close and cancel do not wait behind a running command', async () => {
    const world = await createWorld()
    const id = await world.create()
    world.start(id, sleep(10_000), 'slow')
    const { result } = await world.peer.call('session.list')
    expect(result.sessions[0]).toMatchObject({ state: 'Active', executionCount: 1, idleMinutes: 0 })
    expect((await world.peer.call('session.close', { sessionId: id })).result.closed).toBe(true)
  })

  test('a session that stands idle says so', async () => {
    const world = await createWorld()
    await world.create()
    await world.clock.advance(150_000)
    expect((await world.peer.call('session.list')).result.sessions[0]).toMatchObject({
      state: 'Idle',
      idleMinutes: 2.5,
      lifetimeMinutes: 2.5,
      lastActivity: '2025-10-27T12:00:00.000Z',
    })
  })
})

describe('cancel', () => {
  test('$/cancelRequest stops the running command, which answers -32800; the session goes on', async () => {
    const world = await createWorld()
    const id = await world.create()
    world.start(id, sleep(10_000), 77)
    world.peer.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 77 } })
    expect((await world.peer.wait((message) => message.id === 77)).error).toMatchObject({
      code: -32800,
      data: { code: 'CANCELLED' },
    })
    expect(await world.run(id, { type: 'list_directory' })).toMatchObject({ success: true })
  })

  test('a waiting command is taken out of the queue without running', async () => {
    const world = await createWorld()
    const id = await world.create()
    world.start(id, sleep(100), 1)
    world.start(id, { type: 'write_file', path: 'f', content: '' }, 2)
    expect((await world.peer.call('$/cancelRequest', [2])).result).toEqual({ cancelled: true })
    expect((await world.peer.wait((message) => message.id === 2)).error.code).toBe(-32800)
    await world.clock.advance(100)
    expect((await world.run(id, { type: 'list_directory' })).result.entries).toEqual([])
  })

  test('an id beyond 2^53 cancels that request and not its neighbour', async () => {
    const world = await createWorld()
    const id = await world.create()
    const start = (number: string) =>
      world.peer.client.send(
        `{"jsonrpc":"2.0","id":${number},"method":"session.execute","params":{"sessionId":"${id}","command":{"type":"shell","command":"sleep","args":["100"]}}}`,
      )
    start('9007199254740993')
    start('9007199254740992')
    world.peer.client.send(
      '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":9007199254740993}}',
    )
    await world.clock.advance(200)
    const texts = world.peer.client.received
    expect(texts.find((text) => text.includes('"id":9007199254740993'))).toContain('-32800')
    expect(texts.find((text) => text.includes('"id":9007199254740992'))).toContain('"success":true')
  })

  test('an id that nobody uses cancels nothing', async () => {
    const world = await createWorld()
    expect((await world.peer.call('$/cancelRequest', { id: 'no' })).result).toEqual({
      cancelled: false,
    })
  })

  test('one connection cannot cancel the requests of another', async () => {
    const world = await createWorld()
    const id = await world.create()
    world.start(id, sleep(50), 5)
    const other = connectMemory(world.server)
    expect((await other.call('$/cancelRequest', { id: 5 })).result.cancelled).toBe(false)
    await world.clock.advance(50)
    expect((await world.peer.wait((message) => message.id === 5)).result.success).toBe(true)
  })

  test('the end of a connection stops its commands and leaves the session', async () => {
    const world = await createWorld()
    const id = await world.create()
    world.start(id, sleep(10_000), 1)
    world.start(id, { type: 'write_file', path: 'f', content: '' }, 2)
    world.peer.client.close()
    const other = connectMemory(world.server)
    const { result } = await other.call('session.execute', {
      sessionId: id,
      command: { type: 'list_directory' },
    })
    expect(result.result.entries).toEqual([])
  })

  test('a session.create whose connection has ended leaves no session behind', async () => {
    const world = await createWorld()
    world.peer.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'session.create',
      params: { language: 'python' },
    })
    world.peer.client.close()
    await world.clock.advance(0)
    expect(world.server.health().sessions).toBe(0)
    expect(world.engine.containers.size).toBe(0)
  })
})

describe('close', () => {
  test('what runs and waits answers SESSION_CLOSED, and so does everything later', async () => {
    const world = await createWorld()
    const id = await world.create()
    world.start(id, sleep(10_000), 1)
    world.start(id, sleep(1), 2)
    expect((await world.peer.call('session.close', { sessionId: id })).result).toEqual({
      sessionId: id,
      closed: true,
    })
    for (const number of [1, 2])
      expect((await world.peer.wait((message) => message.id === number)).error).toMatchObject({
        code: -32002,
        data: { reason: 'closed' },
      })
    expect(await world.run(id, sleep(1))).toMatchObject({ code: -32002 })
    expect((await world.peer.call('session.close', { sessionId: id })).error.code).toBe(-32002)
    expect(world.engine.containers.size).toBe(0)
  })

  test('an id that never was answers SESSION_NOT_FOUND', async () => {
    const world = await createWorld()
    expect(await world.run('0'.repeat(32), sleep(1))).toMatchObject({
      code: -32001,
      data: { code: 'SESSION_NOT_FOUND' },
    })
  })

  test('ids have 128 bits and never repeat', async () => {
    const world = await createWorld()
    const ids = await Promise.all(Array.from({ length: 50 }, () => world.create()))
    expect(new Set(ids).size).toBe(50)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/u)
  })
})

describe('time', () => {
  test('a session that is idle for idleTimeoutMinutes closes and says why', async () => {
    const world = await createWorld()
    const id = await world.create({ idleTimeoutMinutes: 1 })
    await world.clock.advance(59_999)
    expect(await world.run(id, { type: 'list_directory' })).toMatchObject({ success: true })
    await world.clock.advance(59_999)
    expect((await world.peer.call('session.list')).result.count).toBe(1)
    await world.clock.advance(1)
    expect((await world.peer.call('session.list')).result.count).toBe(0)
    expect(await world.run(id, { type: 'list_directory' })).toMatchObject({
      code: -32002,
      data: { reason: 'idle' },
    })
    expect(world.engine.containers.size).toBe(0)
  })

  test('a session at work is not idle', async () => {
    const world = await createWorld()
    const id = await world.create({ idleTimeoutMinutes: 1 })
    world.start(id, sleep(200_000, { timeoutMs: 300_000 }), 'r')
    await world.clock.advance(200_000)
    expect((await world.peer.wait((message) => message.id === 'r')).result.success).toBe(true)
  })

  test('maxLifetimeMinutes ends even a session at work', async () => {
    const world = await createWorld()
    const id = await world.create({ maxLifetimeMinutes: 2 })
    world.start(id, sleep(200_000, { timeoutMs: 300_000 }), 'r')
    await world.clock.advance(120_000)
    expect((await world.peer.wait((message) => message.id === 'r')).error).toMatchObject({
      code: -32002,
      data: { reason: 'lifetime' },
    })
  })

  test('the defaults are 30 and 120 minutes', async () => {
    const world = await createWorld()
    const id = await world.create()
    for (let minutes = 29; minutes <= 116; minutes += 29) {
      await world.clock.advance(29 * 60_000)
      expect(await world.run(id, { type: 'list_directory' })).toMatchObject({ success: true })
    }
    await world.clock.advance(4 * 60_000)
    expect(await world.run(id, { type: 'list_directory' })).toMatchObject({
      data: { reason: 'lifetime' },
    })
    const idle = await world.create()
    await world.clock.advance(30 * 60_000)
    expect(await world.run(idle, { type: 'list_directory' })).toMatchObject({
      data: { reason: 'idle' },
    })
  })
})

describe('capacity', () => {
  test('one session too many is refused until one is closed', async () => {
    const world = await createWorld({ limits: { maxSessions: 2 } })
    const [first] = [await world.create(), await world.create()]
    expect((await world.peer.call('session.create', { language: 'python' })).error.code).toBe(
      -32009,
    )
    await world.peer.call('session.close', { sessionId: first })
    expect((await world.peer.call('session.create', { language: 'python' })).result.state).toBe(
      'Active',
    )
  })

  test('sessions that are just being created count', async () => {
    const world = await createWorld({ limits: { maxSessions: 3 } })
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.peer.call('session.create', { language: 'python' })),
    )
    expect(answers.filter(({ result }) => result)).toHaveLength(3)
  })

  test('one request too many on a connection is refused, and served again after an answer', async () => {
    const world = await createWorld({ limits: { maxInFlight: 2 } })
    const id = await world.create()
    world.start(id, sleep(10), 1)
    world.start(id, sleep(10), 2)
    expect((await world.peer.call('session.list')).error).toMatchObject({ code: -32009 })
    await world.clock.advance(20)
    expect((await world.peer.call('session.list')).result.count).toBe(1)
  })

  test('large requests that wait are bounded by their size', async () => {
    const world = await createWorld({ limits: { maxMessageBytes: 10_000 } })
    const id = await world.create()
    world.start(id, sleep(10), 'first')
    for (let n = 0; n < 6; n++)
      world.start(id, { type: 'write_file', path: 'f', content: 'x'.repeat(9000) }, n)
    await world.clock.advance(20)
    const refused = world.peer.received.filter(({ error }) => error?.code === -32009)
    expect(refused.map(({ id: number }) => number)).toEqual([4, 5])
    expect(
      await world.run(id, { type: 'write_file', path: 'f', content: 'x'.repeat(9000) }),
    ).toMatchObject({ success: true })
  })

  test('one waiting command too many is refused', async () => {
    const world = await createWorld({ limits: { maxWaitingCommands: 1 } })
    const id = await world.create()
    world.start(id, sleep(10), 1)
    world.start(id, sleep(10), 2)
    expect(await world.run(id, sleep(10))).toMatchObject({ code: -32009 })
  })

  test('requests beyond the rate are refused with the time to wait', async () => {
    const world = await createWorld({ limits: { rateLimit: { requestsPerSecond: 2, burst: 2 } } })
    await world.peer.call('session.list')
    await world.peer.call('session.list')
    expect((await world.peer.call('session.list')).error).toMatchObject({
      code: -32008,
      data: { retryAfterMs: 500 },
    })
    await world.clock.advance(500)
    expect((await world.peer.call('session.list')).result.count).toBe(0)
  })

  test('200 sessions work at the same time', async () => {
    const world = await createWorld({ limits: { maxSessions: 200 } })
    const peers = Array.from({ length: 10 }, () => connectMemory(world.server))
    const runOne = async (n: number): Promise<string> => {
      const peer = peers[n % 10] ?? world.peer
      const { result } = await peer.call('session.create', { language: 'python' })
      const execute = (command: Record<string, unknown>) =>
        peer.call('session.execute', { sessionId: result.sessionId, command })
      await execute({ type: 'write_file', path: 'n.py', content: `print(${n} * 2)` })
      return (await execute({ type: 'shell', command: 'python3', args: ['n.py'] })).result.result
        .stdout
    }
    const outputs = await Promise.all(Array.from({ length: 200 }, (_, n) => runOne(n)))
    expect(outputs).toEqual(Array.from({ length: 200 }, (_, n) => `${n * 2}\n`))
    expect(world.server.health().sessions).toBe(200)
    await world.server.close()
    expect(world.engine.containers.size).toBe(0)
  })
})
