import { afterEach, describe, expect, it } from 'vitest'
import type { Child } from '../../src/interpreters/child.ts'
import { ChildPool, type PoolOptions } from '../../src/interpreters/pool.ts'
import { exists, mebibyte } from './engine.ts'

const configuration = {
  prepare: 'javascript',
  memoryLimitBytes: 64 * mebibyte,
  quota: { bytes: mebibyte, inodes: 100 },
} as const
const never = new AbortController().signal

let pools: ChildPool[] = []
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})
const open = (options: Partial<PoolOptions> = {}, reclaim: () => boolean = () => false) => {
  const pool = new ChildPool({ maxProcesses: 10, warm: [], ...options }, reclaim)
  pools.push(pool)
  return pool
}

describe('a pool of processes', () => {
  it('starts no more at the same time than it may, and serves who came first first', async () => {
    const pool = open({ maxStarting: 2 })
    const order: number[] = []
    let mostStarting = 0
    const children: Child[] = []
    await Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        const child = await pool.acquire(configuration, never)
        order.push(n)
        children.push(child)
        mostStarting = Math.max(mostStarting, children.filter((each) => !each.isReady).length)
        await child.ready
      }),
    )
    expect(mostStarting).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
    expect(new Set(children.map(({ pid }) => pid)).size).toBe(6)
  })

  it('does not take an idle process away for one that only waits for its turn to start', async () => {
    let asked = 0
    const pool = open({ maxStarting: 1 }, () => ++asked > 0)
    await Promise.all([1, 2, 3].map(async () => (await pool.acquire(configuration, never)).ready))
    expect(asked).toBe(0)
  })

  it('goes on after a waiting one gave up and a starting one died', async () => {
    const pool = open({ maxStarting: 1 })
    const first = await pool.acquire(configuration, never)
    const giveUp = new AbortController()
    const second = pool.acquire(configuration, giveUp.signal)
    const third = pool.acquire(configuration, never)
    giveUp.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    await first.kill()
    await (
      await third
    ).ready
    expect(pool.isWanted).toBe(false)
  })

  it('makes its spares one after the other, and again when they are taken', async () => {
    const pool = open({ warm: [{ configuration, count: 2 }] })
    expect(pool.pids()).toHaveLength(1)
    await expect.poll(() => pool.pids().length).toBe(2)
    const spares = pool.pids()
    const taken = await pool.acquire(configuration, never)
    expect(spares).toContain(taken.pid)
    await taken.ready
    await expect.poll(() => pool.pids().length).toBe(3)
    expect(pool.pids().every(exists)).toBe(true)
  })
})
