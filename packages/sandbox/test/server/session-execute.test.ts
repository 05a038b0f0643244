import { describe, expect, test } from 'vitest'
import type { FakeProgram } from '../../src/testing/index.ts'
import { createWorld } from '../memory.ts'
import type { Json } from '../support.ts'

const shell = (
  commandName: string,
  args: readonly string[] = [],
  more: Record<string, unknown> = {},
) => ({
  type: 'execute_shell',
  commandName,
  args,
  ...more,
})

describe('files', () => {
  test('every command does what it says, with relative paths below /workspace', async () => {
    const world = await createWorld()
    const id = await world.create()
    const run = async (command: Record<string, unknown>): Promise<Json> =>
      (await world.run(id, command)).result
    expect(await run({ type: 'create_directory', path: 'a/b' })).toEqual({ path: '/workspace/a/b' })
    expect(await run({ type: 'write_file', path: 'a/b/ü.txt', content: 'größe' })).toEqual({
      path: '/workspace/a/b/ü.txt',
      bytes: 7,
    })
    expect(
      await run({ type: 'write_file', path: 'a/b/ü.txt', content: '!', mode: 'Append' }),
    ).toEqual({ path: '/workspace/a/b/ü.txt', bytes: 1 })
    expect(await run({ type: 'read_file', path: '/workspace/a/./c/../b/ü.txt' })).toEqual({
      path: '/workspace/a/b/ü.txt',
      content: 'größe!',
      bytes: 8,
      encoding: 'utf-8',
    })
    expect(await run({ type: 'write_file', path: 'a/b/ü.txt', content: 'new' })).toMatchObject({
      bytes: 3,
    })
    expect(await run({ type: 'copy_file', source: 'a/b/ü.txt', destination: 'c.txt' })).toEqual({
      source: '/workspace/a/b/ü.txt',
      destination: '/workspace/c.txt',
    })
    expect(await run({ type: 'list_directory' })).toEqual({
      path: '/workspace',
      entries: [
        {
          name: 'a',
          path: '/workspace/a',
          type: 'directory',
          sizeBytes: 0,
          modifiedAt: '2025-10-27T12:00:00.000Z',
        },
        {
          name: 'c.txt',
          path: '/workspace/c.txt',
          type: 'file',
          sizeBytes: 3,
          modifiedAt: '2025-10-27T12:00:00.000Z',
        },
      ],
    })
    expect(await run({ type: 'delete_file', path: 'c.txt' })).toEqual({ path: '/workspace/c.txt' })
    expect((await run({ type: 'list_directory', path: '/workspace' })).entries).toHaveLength(1)
  })

  test('bytes that are no text travel as base64', async () => {
    const world = await createWorld()
    const id = await world.create()
    await world.run(id, { type: 'write_file', path: 'b', content: '/wD+', encoding: 'base64' })
    expect(await world.run(id, { type: 'read_file', path: 'b' })).toMatchObject({
      success: false,
      result: null,
      error: expect.stringContaining('base64'),
    })
    expect(
      (await world.run(id, { type: 'read_file', path: 'b', encoding: 'base64' })).result,
    ).toEqual({
      path: '/workspace/b',
      content: '/wD+',
      bytes: 3,
      encoding: 'base64',
    })
  })

  test.each([
    [{ type: 'read_file', path: 'no' }, 'no such file'],
    [{ type: 'read_file', path: '/workspace' }, 'it is a folder'],
    [{ type: 'copy_file', source: 'no', destination: 'x' }, 'no such file'],
    [{ type: 'copy_file', source: 'f', destination: 'd/g', overwrite: false }, 'already there'],
    [{ type: 'delete_file', path: 'no' }, 'no such file'],
    [{ type: 'delete_file', path: 'd' }, 'not empty'],
    [{ type: 'list_directory', path: 'f' }, 'no folder'],
    [{ type: 'list_directory', path: 'no' }, 'no such file'],
    [{ type: 'create_directory', path: 'd', recursive: false }, 'already there'],
    [{ type: 'write_file', path: 'f/x', content: '' }, 'no folder'],
    [{ type: 'execute_shell', commandName: 'true', workingDirectory: 'no' }, 'no such file'],
  ])('%o is refused readably, not as an RPC error', async (command, reason) => {
    const world = await createWorld()
    const id = await world.create()
    await world.run(id, { type: 'write_file', path: 'f', content: '' })
    await world.run(id, { type: 'write_file', path: 'd/g', content: '' })
    expect(await world.run(id, command)).toEqual({
      success: false,
      result: null,
      error: expect.stringContaining(reason),
      durationMs: expect.any(Number),
    })
  })

  test('.. cannot leave the root', async () => {
    const world = await createWorld()
    const id = await world.create()
    expect(
      (await world.run(id, { type: 'write_file', path: '../../../../etc/passwd', content: 'x' }))
        .result,
    ).toEqual({
      path: '/etc/passwd',
      bytes: 1,
    })
  })

  test('the disk limit and the limit of files are named', async () => {
    const world = await createWorld({ limits: { diskLimitBytes: 1000, inodeLimit: 5 } })
    const id = await world.create()
    expect(
      await world.run(id, { type: 'write_file', path: 'big', content: 'x'.repeat(1001) }),
    ).toMatchObject({
      success: false,
      result: { limit: 'disk' },
      error: expect.stringContaining('disk limit'),
    })
    const written = []
    for (let n = 0; n < 5; n++)
      written.push(await world.run(id, { type: 'write_file', path: `f${n}`, content: '' }))
    expect(written.at(-1)).toMatchObject({ success: false, result: { limit: 'inodes' } })
  })

  test('a file larger than one answer may be is refused', async () => {
    const world = await createWorld({ limits: { maxReadBytes: 10 } })
    const id = await world.create()
    await world.run(id, { type: 'write_file', path: 'f', content: 'x'.repeat(11) })
    expect(await world.run(id, { type: 'read_file', path: 'f' })).toMatchObject({
      success: false,
      error: expect.stringContaining('EFBIG'),
    })
  })
})

describe('programs', () => {
  test('a non-zero exit code is a success with that code', async () => {
    const world = await createWorld()
    expect(await world.run(await world.create(), shell('false'))).toMatchObject({
      success: true,
      error: null,
      result: { exitCode: 1 },
    })
  })

  test('an unknown program exits with 127 and says so', async () => {
    const world = await createWorld()
    expect((await world.run(await world.create(), shell('nope'))).result).toMatchObject({
      exitCode: 127,
      stderr: 'nope: command not found\n',
    })
  })

  test('arguments, environment, stdin and folder arrive as sent', async () => {
    const world = await createWorld()
    const id = await world.create()
    expect((await world.run(id, shell('echo', ['a b', '$HOME', '']))).result.stdout).toBe(
      'a b $HOME \n',
    )
    expect((await world.run(id, shell('env', [], { env: { A: '1=2' } }))).result.stdout).toBe(
      'A=1=2\n',
    )
    expect((await world.run(id, shell('cat', [], { stdin: 'größe' }))).result.stdout).toBe('größe')
    expect(
      (await world.run(id, shell('cat', [], { stdin: 'aGk=', stdinEncoding: 'base64' }))).result
        .stdout,
    ).toBe('hi')
    expect((await world.run(id, shell('pwd'))).result.stdout).toBe('/workspace\n')
    await world.run(id, { type: 'create_directory', path: 'sub' })
    expect((await world.run(id, shell('pwd', [], { workingDirectory: 'sub' }))).result.stdout).toBe(
      '/workspace/sub\n',
    )
  })

  test('characters that are cut between chunks are put together, per stream', async () => {
    const cut: FakeProgram = async ({ write }) => {
      const bytes = new TextEncoder().encode('€uro')
      await write('stdout', bytes.subarray(0, 1))
      await write('stderr', bytes.subarray(0, 2))
      await write('stdout', bytes.subarray(1, 2))
      await write('stderr', bytes.subarray(2))
      await write('stdout', bytes.subarray(2))
      await write('stdout', Uint8Array.of(0xe2, 0x82))
      return 0
    }
    const world = await createWorld({}, { programs: { cut } })
    const id = await world.create()
    world.start(id, shell('cut', [], { stream: true }), 'r')
    const answer = await world.peer.wait((message) => message.id === 'r')
    expect(answer.result.result).toMatchObject({ stdout: '€uro\ufffd', stderr: '€uro' })
    const streamed = world.peer.received
      .filter(({ method }) => method === 'session.output')
      .map(({ params }) => [params.stream, params.data])
    expect(streamed).toEqual([
      ['stderr', '€uro'],
      ['stdout', '€uro'],
      ['stdout', '\ufffd'],
    ])
  })

  test('live output arrives before the answer, numbered, with the id of the request', async () => {
    const talk: FakeProgram = async ({ write, sleep }) => {
      await write('stdout', 'one')
      await sleep(100)
      await write('stderr', 'two')
      return 0
    }
    const world = await createWorld({}, { programs: { talk } })
    const id = await world.create()
    const raw = `{"jsonrpc":"2.0","id":12345678901234567890,"method":"session.execute","params":{"sessionId":"${id}","command":{"type":"shell","command":"talk","stream":true}}}`
    world.peer.client.send(raw)
    await world.clock.advance(50)
    expect(world.peer.client.received.at(-1)).toContain('"requestId":12345678901234567890,')
    expect(world.peer.received.at(-1)).toMatchObject({
      method: 'session.output',
      params: { sessionId: id, stream: 'stdout', seq: 0, data: 'one' },
    })
    await world.clock.advance(50)
    expect(world.peer.received.at(-2)).toMatchObject({
      method: 'session.output',
      params: { stream: 'stderr', seq: 1, data: 'two' },
    })
    expect(world.peer.received.at(-1).result.result).toMatchObject({
      stdout: 'one',
      stderr: 'two',
      durationMs: 100,
    })
  })

  test('without stream: true nothing is sent but the answer', async () => {
    const world = await createWorld()
    const id = await world.create()
    const before = world.peer.received.length
    await world.run(id, shell('echo', ['x']))
    expect(world.peer.received.length).toBe(before + 1)
  })
})

describe('limits', () => {
  test('the time limit stops a program, names itself and keeps the output so far', async () => {
    const slow: FakeProgram = async ({ write, sleep }) => {
      await write('stdout', 'begun')
      await sleep(60_000)
      return 0
    }
    const world = await createWorld({}, { programs: { slow } })
    const id = await world.create()
    world.start(id, shell('slow', [], { timeoutMs: 500 }), 'r')
    await world.clock.advance(499)
    expect(world.peer.received.some((message) => message.id === 'r')).toBe(false)
    await world.clock.advance(1)
    expect((await world.peer.wait((message) => message.id === 'r')).result).toEqual({
      success: false,
      result: {
        stdout: 'begun',
        stderr: '',
        exitCode: null,
        durationMs: 500,
        cpuMs: 0,
        limit: 'time',
      },
      error: 'The command was stopped by the time limit of 500 ms.',
      durationMs: 500,
    })
    expect(await world.run(id, shell('true'))).toMatchObject({ success: true })
  })

  test('without timeoutMs a program has 30 seconds', async () => {
    const world = await createWorld()
    const id = await world.create()
    world.start(id, shell('sleep', ['1000000']), 'r')
    await world.clock.advance(30_000)
    expect((await world.peer.wait((message) => message.id === 'r')).result.error).toContain(
      '30000 ms',
    )
  })

  test('the output limit stops a flood and keeps what fits', async () => {
    const world = await createWorld({ limits: { maxOutputBytes: 5000 } })
    const { success, result, error } = await world.run(await world.create(), shell('yes'))
    expect({ success, error }).toEqual({
      success: false,
      error: 'The command was stopped by the output limit of 5000 bytes.',
    })
    expect(result).toMatchObject({ exitCode: null, limit: 'output', truncated: true })
    expect(result.stdout).toHaveLength(5000)
  })

  test.each([
    ['memory', 'memory limit of 64 MB'],
    ['cpu', 'CPU time limit of 700 ms'],
    ['pids', 'limit of processes'],
  ] as const)(
    'a program that the engine stops at its %s limit is no success',
    async (limit, text) => {
      const world = await createWorld()
      const id = await world.create({ memoryLimitMB: 64 })
      const container = world.engine.containers.get(id)
      if (container)
        container.exec = async () => ({ exitCode: null, limit, durationMs: 1, cpuMs: 1 })
      expect(await world.run(id, shell('x', [], { cpuLimitMs: 700 }))).toMatchObject({
        success: false,
        result: { limit, exitCode: null },
        error: expect.stringContaining(text),
      })
    },
  )

  test('a program that leaves no exit code and met no limit has crashed', async () => {
    const world = await createWorld()
    const id = await world.create()
    const container = world.engine.containers.get(id)
    if (container) container.exec = async () => ({ exitCode: null, durationMs: 1, cpuMs: 1 })
    expect(await world.run(id, shell('x'))).toMatchObject({
      success: false,
      error: expect.stringContaining('crashed'),
    })
  })

  test('the engine is told the limits of the command, and a CPU limit that a busy loop does not meet first', async () => {
    const world = await createWorld()
    const id = await world.create()
    const container = world.engine.containers.get(id)
    const told: unknown[] = []
    if (container)
      container.exec = async (_command, { timeoutMs, cpuMs, maxOutputBytes }) => {
        told.push({ timeoutMs, cpuMs, maxOutputBytes })
        return { exitCode: 0, durationMs: 1, cpuMs: 1 }
      }
    await world.run(id, shell('x'))
    await world.run(id, shell('x', [], { timeoutMs: 700, cpuLimitMs: 100 }))
    expect(told).toEqual([
      { timeoutMs: 30_000, cpuMs: 120_000, maxOutputBytes: 1024 * 1024 },
      { timeoutMs: 700, cpuMs: 100, maxOutputBytes: 1024 * 1024 },
    ])
  })

  test('an exit code of a program that a limit stopped is not passed off as its own', async () => {
    const world = await createWorld()
    const id = await world.create()
    const container = world.engine.containers.get(id)
    if (container)
      container.exec = async () => ({ exitCode: 137, limit: 'memory', durationMs: 1, cpuMs: 1 })
    expect(await world.run(id, shell('x'))).toMatchObject({
      success: false,
      result: { exitCode: null, limit: 'memory' },
    })
  })

  test('the output limit holds even if the engine does not', async () => {
    const world = await createWorld({ limits: { maxOutputBytes: 10 } })
    const id = await world.create()
    const container = world.engine.containers.get(id)
    if (container)
      container.exec = async (_command, options) => {
        options.onOutput('stdout', new TextEncoder().encode('12345678'))
        options.onOutput('stderr', new TextEncoder().encode('abcdefgh'))
        options.onOutput('stdout', new TextEncoder().encode('9'))
        return { exitCode: 0, durationMs: 1, cpuMs: 1 }
      }
    expect(await world.run(id, shell('x'))).toMatchObject({
      success: false,
      result: {
        stdout: '12345678',
        stderr: 'ab',
        exitCode: null,
        limit: 'output',
        truncated: true,
      },
    })
  })

  test('a file command that takes too long is stopped by its time limit', async () => {
    const world = await createWorld()
    const id = await world.create()
    const container = world.engine.containers.get(id)
    let finish = (): void => {}
    if (container)
      container.files.readFile = () =>
        new Promise((resolve) => {
          finish = () => resolve(new Uint8Array())
        })
    world.start(id, { type: 'read_file', path: 'f', timeoutMs: 100 }, 'r')
    world.start(id, { type: 'list_directory' }, 'next')
    await world.clock.advance(100)
    expect((await world.peer.wait((message) => message.id === 'r')).result).toMatchObject({
      success: false,
      result: { limit: 'time' },
    })
    expect(world.peer.received.some((message) => message.id === 'next')).toBe(false)
    finish()
    expect((await world.peer.wait((message) => message.id === 'next')).result.success).toBe(true)
  })

  test('an engine that ignores the time limit and the abort loses the session, not the server', async () => {
    const world = await createWorld()
    const id = await world.create()
    const container = world.engine.containers.get(id)
    if (container) container.exec = () => new Promise(() => {})
    world.start(id, shell('x', [], { timeoutMs: 1000 }), 'r')
    world.start(id, shell('true'), 'next')
    await world.clock.advance(31_000)
    expect((await world.peer.wait((message) => message.id === 'r')).result).toMatchObject({
      success: false,
      result: { limit: 'time' },
    })
    await world.clock.advance(5000)
    expect((await world.peer.wait((message) => message.id === 'next')).error.data).toMatchObject({
      code: 'SESSION_CLOSED',
      reason: 'broken',
    })
    expect((await world.peer.call('session.list')).result.count).toBe(0)
  })

  test('an engine that fails is an RPC error without its inner message', async () => {
    const events: Json[] = []
    const world = await createWorld({ audit: { record: (event) => events.push(event) } })
    const id = await world.create()
    const container = world.engine.containers.get(id)
    if (container) container.exec = () => Promise.reject(new Error('secret path'))
    const error = await world.run(id, shell('x'))
    expect(error).toMatchObject({
      code: -32011,
      data: { code: 'ENGINE_UNAVAILABLE', engine: 'fake' },
    })
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'engine.failed', message: 'Error: secret path' }),
    )
  })
})
