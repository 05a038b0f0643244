import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/index.ts'
import { createWorld } from '../memory.ts'

test('the trail tells what happened, and holds no code, argument, content or environment value', async () => {
  const events: (AuditEvent & { readonly atMs: number })[] = []
  const world = await createWorld({ audit: { record: (event) => events.push(event) } })
  const id = await world.create()
  await world.run(id, { type: 'write_file', path: 'f', content: 'CANARY-content' })
  await world.run(id, {
    type: 'shell',
    command: 'echo',
    args: ['CANARY-arg'],
    env: { A: 'CANARY-env' },
    stdin: 'CANARY-stdin',
  })
  await world.run(id, { type: 'read_file', path: 'no' })
  world.start(id, { type: 'shell', command: 'sleep', args: ['9000'], timeoutMs: 10 }, 's')
  await world.clock.advance(10)
  await world.peer.call('session.close', { sessionId: id })
  world.peer.client.close()
  const at = { atMs: expect.any(Number) }
  const executed = {
    type: 'command.executed',
    sessionId: id,
    durationMs: expect.any(Number),
    ...at,
  }
  expect(events).toEqual([
    { type: 'connection.opened', connectionId: expect.any(String), ...at },
    { type: 'session.created', sessionId: id, engine: 'fake', language: 'python', ...at },
    { ...executed, command: 'write_file', success: true },
    { ...executed, command: 'execute_shell', success: true },
    { ...executed, command: 'read_file', success: false },
    { ...executed, command: 'execute_shell', success: false, limit: 'time' },
    { type: 'session.closed', sessionId: id, reason: 'closed', ...at },
    { type: 'connection.closed', connectionId: expect.any(String), ...at },
  ])
  expect(JSON.stringify(events)).not.toContain('CANARY')
})

test('a defect of the server is noted and answered without its message', async () => {
  const events: AuditEvent[] = []
  const world = await createWorld({ audit: { record: (event) => events.push(event) } })
  const id = await world.create()
  const container = world.engine.containers.get(id)
  if (container)
    Object.defineProperty(container, 'containerId', {
      get: () => {
        throw new Error('secret')
      },
    })
  const { error } = await world.peer.call('session.list')
  expect(error).toMatchObject({ code: -32603, data: { code: 'INTERNAL_ERROR' } })
  expect(JSON.stringify(error)).not.toContain('secret')
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'server.failed', message: 'Error: secret' }),
  )
})
