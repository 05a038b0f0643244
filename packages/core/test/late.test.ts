import { expect, test } from 'vitest'
import { late } from '../src/late.ts'

test('what is loaded is loaded once, also for those who ask at the same time, and is then at hand', async () => {
  let loads = 0
  const get = late(async () => {
    loads += 1
    await Promise.resolve()
    return { loads }
  })
  const [first, second] = await Promise.all([get(), get()])
  expect(first).toBe(second)
  expect(get()).toBe(first)
  expect(loads).toBe(1)
})

test('what fails is told to all who waited, and tried again by the next', async () => {
  let loads = 0
  const get = late(async () => {
    loads += 1
    if (loads === 1) throw new Error('no network')
    await Promise.resolve()
    return { loads }
  })
  const outcomes = await Promise.allSettled([get(), get()])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await get()).toEqual({ loads: 2 })
})
