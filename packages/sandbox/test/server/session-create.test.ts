import { expect, test } from 'vitest'
import { createSandboxServer } from '../../src/index.ts'
import { createFakeEngine } from '../../src/testing/index.ts'
import { connectMemory, createWorld } from '../memory.ts'

test.each(['python', 'Python', 'py', 'python3'])('%s is python', async (language) => {
  const { peer } = await createWorld()
  expect((await peer.call('session.create', { language })).result).toMatchObject({
    language: 'python',
    runtime: 'Python 3.12',
  })
})

test('a language that no engine has is a typed error that lists what there is', async () => {
  const { peer } = await createWorld()
  const { error } = await peer.call('session.create', { language: 'cobol' })
  expect(error).toMatchObject({ code: -32012, data: { code: 'LANGUAGE_UNAVAILABLE' } })
  expect(error.message).toBe(
    'No engine has cobol; there is python (Python 3.12, engine fake), javascript (JavaScript ES2023, engine fake).',
  )
  expect(error.data.available.map(({ language }: { language: string }) => language)).toEqual([
    'python',
    'javascript',
  ])
})

test.each([
  '3.12',
  '3',
  '3.12.0',
  'Python 3.12',
  'python 3.12',
  'python3.12',
  'python@3.12',
  'py-3',
])('runtime %s is met by Python 3.12.0', async (runtime) => {
  const { peer } = await createWorld()
  expect((await peer.call('session.create', { language: 'python', runtime })).result?.runtime).toBe(
    'Python 3.12',
  )
})

test.each(['3.1', '3.13', '2', '3.12.1', 'ruby 3.12', 'latest', '..', 'Python'])(
  'runtime %s is not, and nothing else is taken',
  async (runtime) => {
    const { peer } = await createWorld()
    const { error } = await peer.call('session.create', { language: 'python', runtime })
    expect(error).toMatchObject({ code: -32012 })
    expect(error.message).toContain(runtime)
  },
)

const createTwoEngines = async () => {
  const small = createFakeEngine({
    name: 'small',
    memoryRangeBytes: { min: 64 * 2 ** 20, max: 128 * 2 ** 20 },
  })
  const go = { language: 'go', runtime: 'Go 1.22', version: '1.22.1', aliases: ['golang'] }
  const python = { language: 'python', runtime: 'Python 3.13', version: '3.13.2', aliases: [] }
  const server = await createSandboxServer({
    engines: [small, createFakeEngine({ name: 'large', runtimes: [go, python] })],
  })
  return connectMemory(server)
}

test('the first engine that has it is taken, or the one that is named', async () => {
  const peer = await createTwoEngines()
  const engineOf = async (params: object) =>
    (await peer.call('session.create', { memoryLimitMB: 64, ...params })).result.engine
  expect(await engineOf({ language: 'python' })).toBe('small')
  expect(await engineOf({ language: 'golang' })).toBe('large')
  expect(await engineOf({ language: 'python', engine: 'large' })).toBe('large')
  expect(await engineOf({ language: 'python', runtime: '3.13' })).toBe('large')
})

test('an engine that is not there is never replaced by another', async () => {
  const peer = await createTwoEngines()
  const { error } = await peer.call('session.create', { language: 'python', engine: 'docker' })
  expect(error).toMatchObject({ code: -32011, data: { engines: ['small', 'large'] } })
})

test.each([
  [63, false],
  [64, true],
  [128, true],
  [128.5, false],
  [1e308, false],
])('memoryLimitMB %s on an engine for 64 to 128: %s', async (memoryLimitMB, accepted) => {
  const peer = await createTwoEngines()
  const { result, error } = await peer.call('session.create', {
    language: 'python',
    engine: 'small',
    memoryLimitMB,
  })
  if (accepted) expect(result.state).toBe('Active')
  else
    expect(error).toMatchObject({
      code: -32602,
      data: { pointer: '/memoryLimitMB', minimum: 64, maximum: 128 },
    })
})

test('the memory limit reaches the engine in bytes', async () => {
  const engine = createFakeEngine()
  const asked: number[] = []
  const server = await createSandboxServer({
    engines: [
      {
        ...engine,
        create: (options) => (asked.push(options.memoryLimitBytes), engine.create(options)),
      },
    ],
  })
  const peer = connectMemory(server)
  await peer.call('session.create', { language: 'python', memoryLimitMB: 100 })
  await peer.call('session.create', { language: 'python' })
  expect(asked).toEqual([100 * 2 ** 20, 512 * 2 ** 20])
})

test('an engine that cannot create a container is an RPC error, and its place is free again', async () => {
  const engine = createFakeEngine()
  let broken = true
  const server = await createSandboxServer({
    engines: [
      {
        ...engine,
        create: (options) =>
          broken ? Promise.reject(new Error('secret')) : engine.create(options),
      },
    ],
    limits: { maxSessions: 1 },
  })
  const peer = connectMemory(server)
  const { error } = await peer.call('session.create', { language: 'python' })
  expect(error).toMatchObject({ code: -32011 })
  expect(JSON.stringify(error)).not.toContain('secret')
  broken = false
  expect((await peer.call('session.create', { language: 'python' })).result.state).toBe('Active')
})

test('a server without engines is a mistake', async () => {
  await expect(createSandboxServer({ engines: [] })).rejects.toThrow(TypeError)
})
