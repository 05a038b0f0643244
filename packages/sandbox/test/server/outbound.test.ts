import { expect, test } from 'vitest'
import type { ServerTransport } from '../../src/index.ts'
import { openOutbound } from '../../src/server/outbound.ts'
import { createManualClock } from '../../src/testing/index.ts'

const LIMITS = { highWaterBytes: 100, maxBytes: 1000, stallMs: 1000 }

/** A transport whose messages leave one at a time, by hand. */
const createSlow = () => {
  const waiting: { text: string; onFlushed: () => void }[] = []
  const calls: string[] = []
  const transport: ServerTransport = {
    send: (text, onFlushed) => waiting.push({ text, onFlushed }),
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    close: (code) => calls.push(`close ${code}`),
    terminate: () => calls.push('terminate'),
    listen: () => {},
  }
  const clock = createManualClock()
  const outbound = openOutbound(
    transport,
    { clock, onOverload: () => calls.push('overload') },
    LIMITS,
  )
  return { outbound, calls, clock, flushOne: () => waiting.shift()?.onFlushed(), waiting }
}

test('producers wait from the high-water mark until half of it is left', async () => {
  const { outbound, calls, flushOne } = createSlow()
  for (let n = 0; n < 4; n++) outbound.send('x'.repeat(30))
  expect(calls).toEqual(['pause'])
  let writable = false
  const waited = outbound.whenWritable().then(() => (writable = true))
  flushOne()
  flushOne()
  await Promise.resolve()
  expect(writable).toBe(false)
  flushOne()
  await waited
  expect(calls).toEqual(['pause', 'resume'])
})

test('a slow client that goes on reading is not taken for one that does not', async () => {
  const { outbound, calls, clock, flushOne } = createSlow()
  for (let n = 0; n < 9; n++) outbound.send('x'.repeat(30))
  for (let n = 0; n < 5; n++) {
    await clock.advance(900)
    flushOne()
  }
  expect(calls).toEqual(['pause'])
  await clock.advance(1000)
  expect(calls).toEqual(['pause', 'close 1013', 'overload'])
})

test('bytes are counted, not characters, and the bound is exact', () => {
  const fits = createSlow()
  fits.outbound.send('€'.repeat(333))
  expect(fits.outbound.ended).toBe(false)
  fits.outbound.send('xx')
  expect(fits.calls).toEqual(['pause', 'close 1013', 'overload'])
  expect(fits.waiting).toHaveLength(1)
})

test('after the end nothing is sent and nobody waits', async () => {
  const { outbound, waiting } = createSlow()
  outbound.send('x'.repeat(200))
  const waited = outbound.whenWritable()
  outbound.end()
  await waited
  await outbound.whenWritable()
  outbound.send('late')
  expect(waiting).toHaveLength(1)
})
