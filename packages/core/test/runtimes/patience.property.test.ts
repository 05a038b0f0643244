import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Patience } from '../../src/runtimes/worker/patience.ts'

const options = { lookMs: 100, stepMs: 5 } as const

/** Looks that were begun for so many messages, each of which ends as `end` says. */
function looks(messages: number, end: (patience: Patience, nowMs: number) => void): number {
  const patience = new Patience(options)
  let count = 0
  for (let n = 0; n < messages; n += 1) {
    const nowMs = n * 1000
    if (!patience.begin(nowMs)) continue
    count += 1
    end(patience, nowMs)
  }
  return count
}

test('each message is looked for while looks pay', () => {
  expect(looks(1000, (patience, nowMs) => patience.found(nowMs + 1))).toBe(1000)
})

test('looks in vain become rare', () => {
  // 1, 2, 4 … 128 messages go by after the first eight looks, 128 after each one that follows.
  const inVain = looks(10_255 + 8, (patience, nowMs) => void patience.goesOn(nowMs + 100))
  expect(inVain).toBe(8 + Math.ceil(10_000 / 129))
})

test('a look that kept the other thread from its core counts as in vain, though it found something', () => {
  const disturbed = looks(10_000, (patience, nowMs) => patience.found(nowMs + 6))
  expect(disturbed).toBeLessThan(100)
  const earlier = looks(10_000, (patience, nowMs) => {
    patience.goesOn(nowMs + 6)
    patience.found(nowMs + 7)
  })
  expect(earlier).toBe(disturbed)
})

test('after one look that paid each message is looked for again', () => {
  const patience = new Patience(options)
  let looked = 0
  for (let n = 0; n < 1000; n += 1) if (patience.begin(n * 1000)) patience.goesOn(n * 1000 + 100)
  for (let n = 0; n < 1000; n += 1) {
    if (!patience.begin(0)) continue
    looked += 1
    patience.found(1)
  }
  expect(looked).toBeGreaterThanOrEqual(1000 - 128)
})

test('whatever comes of them, looks last no longer than they may', () => {
  const step = fc.record({ ms: fc.nat(150), isFound: fc.boolean() })
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 50 }), { maxLength: 200 }), (messages) => {
      const patience = new Patience(options)
      for (const steps of messages) {
        if (!patience.begin(0)) continue
        let nowMs = 0
        for (const { ms, isFound } of steps) {
          nowMs += ms
          if (isFound) patience.found(nowMs)
          const goesOn = patience.goesOn(nowMs)
          expect(goesOn).toBe(nowMs < options.lookMs)
          if (!goesOn) break
        }
      }
    }),
  )
})
