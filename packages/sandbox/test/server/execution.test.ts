import { expect, test } from 'vitest'
import { createSandboxServer } from '../../src/index.ts'
import { createFakeEngine, type FakeProgram } from '../../src/testing/index.ts'
import { connectMemory, createWorld, type World } from '../memory.ts'
import type { Json } from '../support.ts'

const notifications = (world: World): Json[] =>
  world.peer.received.filter(({ method }) => method).map(({ method, params }) => [method, params])

const run = async (world: World, params: Record<string, unknown>): Promise<string> =>
  (await world.peer.call('execution.run', { language: 'python', ...params })).result.executionId

const status = async (world: World, executionId: string): Promise<Json> =>
  (await world.peer.call('execution.status', { executionId })).result

test('a program is queued, reported while it runs, and its result kept', async () => {
  const world = await createWorld()
  const { result } = await world.peer.call('execution.run', {
    language: 'py',
    code: 'print(6 * 7)',
  })
  const { executionId } = result
  expect(result).toEqual({ executionId: expect.any(String), status: 'queued' })
  expect(await status(world, executionId)).toEqual({ executionId, status: 'queued' })
  await world.clock.advance(0)
  expect(notifications(world)).toEqual([
    ['execution.started', { executionId, language: 'python' }],
    ['execution.output', { executionId, stream: 'stdout', text: '42\n' }],
    ['execution.completed', { executionId, exitCode: 0, durationMs: 0, timeout: false }],
  ])
  expect(await status(world, executionId)).toEqual({
    executionId,
    status: 'completed',
    exitCode: 0,
    stdout: '42\n',
    stderr: '',
    durationMs: 0,
    timeout: false,
  })
  expect(world.engine.containers.size).toBe(0)
})

test('a non-zero exit code is failed', async () => {
  const world = await createWorld()
  const id = await run(world, { code: 'print(nope)' })
  await world.clock.advance(0)
  expect(await status(world, id)).toMatchObject({
    status: 'failed',
    exitCode: 1,
    timeout: false,
    stderr: expect.stringContaining('nope'),
  })
})

test('the timeout is in seconds and says so', async () => {
  const python3: FakeProgram = ({ sleep }) => sleep(60_000).then(() => 0)
  const world = await createWorld({}, { programs: { python3 } })
  const id = await run(world, { code: '', timeout: 2 })
  await world.clock.advance(1999)
  expect(await status(world, id)).toEqual({ executionId: id, status: 'running' })
  await world.clock.advance(1)
  expect(await status(world, id)).toMatchObject({
    status: 'failed',
    exitCode: null,
    timeout: true,
    error: expect.stringContaining('2000 ms'),
  })
  expect(notifications(world).at(-1)).toEqual([
    'execution.completed',
    { executionId: id, exitCode: null, durationMs: 2000, timeout: true },
  ])
})

test('it runs on when the connection ends, and any connection of the caller may ask', async () => {
  const python3: FakeProgram = ({ sleep, write }) =>
    sleep(100)
      .then(() => write('stdout', 'done'))
      .then(() => 0)
  const world = await createWorld({}, { programs: { python3 } })
  const id = await run(world, { code: '' })
  world.peer.client.close()
  await world.clock.advance(100)
  const other = connectMemory(world.server)
  expect((await other.call('execution.status', { executionId: id })).result).toMatchObject({
    status: 'completed',
    stdout: 'done',
  })
  const stranger = connectMemory(world.server, { id: 'stranger' })
  expect((await stranger.call('execution.status', [id])).result).toEqual({
    executionId: id,
    status: 'not_found',
  })
})

test('what cannot start is reported by execution.error', async () => {
  const world = await createWorld({ limits: { maxSessions: 1 } })
  await world.create()
  const id = await run(world, { code: 'print(1)' })
  await world.clock.advance(0)
  expect(await status(world, id)).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('at most 1 sessions'),
  })
  expect(notifications(world)).toEqual([
    ['execution.error', { executionId: id, error: expect.stringContaining('at most 1') }],
  ])
})

test.each([
  [{ code: 'x', packages: ['numpy'] }, -32602],
  [{ code: 'x', networkEnabled: true }, -32602],
  [{ code: 'x', timeout: 301 }, -32602],
  [{}, -32602],
  [{ code: 'x', language: 'cobol' }, -32012],
])('%o is refused at once with %i', async (params, code) => {
  const world = await createWorld()
  expect(
    (await world.peer.call('execution.run', { language: 'python', ...params })).error.code,
  ).toBe(code)
})

test('a language that needs a build is refused with what there is', async () => {
  const runtimes = [{ language: 'go', runtime: 'Go 1', version: '1.0.0', aliases: [] }]
  const peer = connectMemory(
    await createSandboxServer({ engines: [createFakeEngine({ runtimes })] }),
  )
  const { error } = await peer.call('execution.run', { language: 'go', code: '' })
  expect(error).toMatchObject({
    code: -32012,
    message: expect.stringContaining('python and javascript'),
  })
})

test('only the last hundred results are remembered', async () => {
  const world = await createWorld()
  const ids: string[] = []
  for (let n = 0; n < 102; n++) {
    ids.push(await run(world, { code: '' }))
    await world.clock.advance(0)
  }
  expect((await status(world, ids[1] ?? '')).status).toBe('not_found')
  expect((await status(world, ids[2] ?? '')).status).toBe('completed')
})
