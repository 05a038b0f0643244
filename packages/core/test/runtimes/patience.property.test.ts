import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Patience } from '../../src/runtimes/worker/patience.ts'

const lookMs = 100
/** Trials are 3, 5, 9 … 257 messages apart. */
const trialsIn = (messages: number): number => 8 + Math.ceil(messages / 257)

interface Took {
  readonly looked: number
  readonly slept: number
}

/** How many messages were looked for, when they take so long either way. */
function looks(patience: Patience, messages: number, { looked, slept }: Took): number {
  let count = 0
  for (let n = 0; n < messages; n += 1) {
    const isLooking = patience.begin(0)
    if (isLooking) count += 1
    patience.came(isLooking ? looked : slept)
  }
  return count
}

test('messages are looked for where they come sooner then', () => {
  const patience = new Patience(lookMs)
  const messages = 10_000
  expect(looks(patience, 100, { looked: 10, slept: 60 })).toBeGreaterThan(50)
  const slept = messages - looks(patience, messages, { looked: 10, slept: 60 })
  expect(slept).toBeLessThanOrEqual(trialsIn(messages))
})

test.each([
  ['comes as late as without', 60, 60],
  ['comes hardly sooner', 55, 60],
  ['comes later, as both threads share a core', 100, 20],
  ['comes long after a look, as calls take their time', 5000, 5000],
  ['comes once a second', 1_000_000, 1_000_000],
])('what %s is looked for in rare trials only', (_, looked, slept) => {
  const messages = 10_000
  expect(looks(new Patience(lookMs), messages, { looked, slept })).toBeLessThanOrEqual(
    trialsIn(messages),
  )
})

test('what changes is noticed: soon where looks cost, within some trials where they would pay', () => {
  const patience = new Patience(lookMs)
  looks(patience, 10_000, { looked: 10, slept: 60 })
  const messages = 10_000
  const inVain = looks(patience, messages, { looked: 100, slept: 60 })
  expect(inVain).toBeLessThanOrEqual(trialsIn(messages) + 4)
  expect(looks(patience, 2000, { looked: 10, slept: 60 })).toBeGreaterThan(700)
})

test('one late message changes nothing', () => {
  const patience = new Patience(lookMs)
  looks(patience, 1000, { looked: 10, slept: 60 })
  let changes = 0
  for (let n = 0; n < 1000; n += 1) {
    looks(patience, 10, { looked: 10, slept: 60 })
    patience.begin(0)
    patience.came(1_000_000)
    if (looks(patience, 3, { looked: 10, slept: 60 }) < 2) changes += 1
  }
  // Only one that comes amid a trial can be taken for a sign.
  expect(changes).toBeLessThan(100)
})

test('a message that nobody waited for counts for nothing', () => {
  const patience = new Patience(lookMs)
  looks(patience, 1000, { looked: 10, slept: 60 })
  for (let n = 0; n < 1000; n += 1) patience.came(1_000_000)
  expect(looks(patience, 100, { looked: 10, slept: 60 })).toBeGreaterThan(97)
})

test('whatever comes, no look lasts longer than it may', () => {
  const message = fc.record({ atMs: fc.nat(10_000), tookMs: fc.nat(500), isHeard: fc.boolean() })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 500 }), (messages) => {
      const patience = new Patience(lookMs)
      for (const { atMs, tookMs, isHeard } of messages) {
        patience.begin(atMs)
        expect(patience.goesOn(atMs + tookMs)).toBe(tookMs < lookMs)
        if (isHeard) patience.came(atMs + tookMs)
      }
    }),
  )
})
