import { describe, expect, it } from 'vitest'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { openConnection } from '../../src/pages/sandbox/connection.ts'

/** A client of which only the end matters. */
function createEnd() {
  let end: () => void = () => undefined
  let closes = 0
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    end = () => resolve({ code: 1006, reason: '' })
  })
  const client = { closed, close: () => void closes++ } as unknown as SandboxClient
  return { client, end: () => end(), closes: () => closes }
}

function setUp(tries: (SandboxClient | Error)[]) {
  const waits: number[] = []
  let due: (() => void) | undefined
  const connection = openConnection({
    connect: async () => {
      const next = tries.shift()
      if (next === undefined || next instanceof Error) throw next ?? new Error('no more')
      return next
    },
    after: (ms, run) => {
      waits.push(ms)
      due = run
      return () => void (due = undefined)
    },
  })
  const settle = async () => void (await new Promise((resolve) => setTimeout(resolve, 0)))
  return { connection, waits, settle, tick: () => due?.(), waiting: () => due !== undefined }
}

describe('sandbox connection', () => {
  it('goes from connecting to open', async () => {
    const { client } = createEnd()
    const { connection, settle } = setUp([client])
    expect(connection.state().name).toBe('connecting')
    await settle()
    expect(connection.state()).toMatchObject({ name: 'open', client })
  })

  it('waits longer after each failure, up to eight seconds, and starts over once it stood', async () => {
    const first = createEnd()
    const failures = Array.from({ length: 6 }, () => new Error('refused'))
    const { connection, waits, settle, tick } = setUp([
      ...failures,
      first.client,
      new Error('refused'),
    ])
    for (let count = 0; count < 6; count++) {
      await settle()
      expect(connection.state().name).toBe('lost')
      tick()
    }
    await settle()
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 8000])
    first.end()
    await settle()
    expect(connection.state()).toEqual({ name: 'lost', epoch: 7 })
    expect(waits.at(-1)).toBe(500)
  })

  it('tries at once when asked, instead of waiting', async () => {
    const { client } = createEnd()
    const { connection, settle, waiting } = setUp([new Error('refused'), client])
    await settle()
    connection.retry()
    expect(waiting()).toBe(false)
    await settle()
    expect(connection.state().name).toBe('open')
  })

  it('closes a connection that came up after it was closed', async () => {
    const late = createEnd()
    const { connection, settle } = setUp([late.client])
    connection.close()
    await settle()
    expect(late.closes()).toBe(1)
    expect(connection.state().name).toBe('connecting')
  })
})
