import { expect, test } from 'vitest'
import { Patience } from '../../src/runtimes/worker/patience.ts'

/** How many of so many messages are looked for, when every n-th look pays. */
function looks(patience: Patience, messages: number, everyNth: number): number {
  let count = 0
  for (let n = 0; n < messages; n += 1) {
    if (!patience.begins()) continue
    count += 1
    if (count % everyNth === 0) patience.paid()
    else patience.wasInVain()
  }
  return count
}

test('each message is looked for while looks pay', () => {
  expect(looks(new Patience(), 1000, 1)).toBe(1000)
})

test('looks in vain become rare', () => {
  // After the first nine looks 1, 2, 4 … 256 messages go by, and 256 after each one that follows.
  expect(looks(new Patience(), 9 + 511 + 257 * 40, Infinity)).toBe(9 + 40)
})

test('after one look that paid each message is looked for again', () => {
  const patience = new Patience()
  looks(patience, 10_000, Infinity)
  expect(looks(patience, 1000, 1)).toBeGreaterThanOrEqual(1000 - 256)
})

test('one look in vain among others lets one message go by', () => {
  const patience = new Patience()
  patience.wasInVain()
  expect([patience.begins(), patience.begins()]).toEqual([false, true])
  patience.paid()
  patience.wasInVain()
  expect([patience.begins(), patience.begins()]).toEqual([false, true])
})
