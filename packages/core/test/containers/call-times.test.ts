import { expect, test } from 'vitest'
import { CallTimes, untimed } from '../../src/containers/call-times.ts'

/** Clocks that stand still until a call moves them, and timers that fire when they are told to. */
function createTimes(notices = true): {
  times: CallTimes
  time: Time
  call: (tookMs: number) => boolean
} {
  const time = new Time()
  const times = new CallTimes({
    clock: { now: () => time.nowMs, setTimer: (_, run) => time.setTimer(run) },
    monotonic: { now: () => ((time.looks += 1), time.nowMs) },
    clockStepMs: 0.5,
    maySkip: true,
    notices,
    onTurn: () => undefined,
    onSettled: () => (time.settled += 1),
  })
  const call = (tookMs: number): boolean => {
    const startedMs = times.begin()
    time.nowMs += tookMs
    if (startedMs !== untimed) times.end(startedMs)
    return startedMs !== untimed
  }
  return { times, time, call }
}

class Time {
  nowMs = 0
  looks = 0
  settled = 0
  timers: (() => void)[] = []

  setTimer(run: () => void): () => void {
    this.timers.push(run)
    return () => undefined
  }

  /** A macrotask ends. */
  turn(): void {
    for (const run of this.timers.splice(0)) run()
  }
}

test('of short calls in one macrotask few are timed, and their time is counted all the same', () => {
  const { times, time, call } = createTimes()
  for (let n = 0; n < 100_000; n += 1) {
    call(0.002)
    time.nowMs += 0.002
  }
  expect(time.looks).toBeLessThan(100_000 / 8)
  expect(times.count).toBe(100_000)
  expect(times.cpuPercent()).toBeGreaterThan(12)
  expect(times.cpuPercent()).toBeLessThan(28)
})

test('long and short calls in any pattern are counted as what they are together', () => {
  for (const period of [2, 3, 16, 32, 33, 47]) {
    const { times, time, call } = createTimes()
    let busyMs = 0
    for (let n = 0; time.nowMs < 4000; n += 1) {
      const tookMs = n % period === 0 ? 0.1 : 0.001
      const before = time.nowMs
      call(tookMs)
      if (before >= 3000) busyMs += tookMs
      time.nowMs += 0.003
    }
    const percent = busyMs / 10
    expect(times.cpuPercent() / percent).toBeGreaterThan(0.6)
    expect(times.cpuPercent() / percent).toBeLessThan(1.6)
  }
})

test('a call that comes by itself is timed, also after a burst', () => {
  const { time, call } = createTimes()
  for (let n = 0; n < 1000; n += 1) call(0.001)
  time.turn()
  for (let n = 0; n < 10; n += 1) {
    time.nowMs += 20
    expect(call(0.001)).toBe(true)
    expect(time.timers).toEqual([])
  }
})

test('when the macrotask ends, what was not timed is counted, and no timer is left', () => {
  const { times, time, call } = createTimes()
  for (let n = 0; n < 100; n += 1) call(0.001)
  expect(time.timers).toHaveLength(1)
  time.nowMs += 5
  time.turn()
  expect(time).toMatchObject({ settled: 1, timers: [] })
  expect(times.lastActivityMs).toBeCloseTo(5.1)
  time.nowMs += 50
  expect(times.lastActivityMs).toBeCloseTo(5.1)
})

test('the last activity is known in the middle of a burst', () => {
  const { times, time, call } = createTimes()
  for (let n = 0; n < 100; n += 1) call(0.001)
  time.nowMs += 40
  while (call(0.001));
  expect(times.lastActivityMs).toBeGreaterThan(40)
})

test('calls that are not short are timed each', () => {
  const { times, time, call } = createTimes()
  for (let n = 0; n < 100; n += 1) {
    expect(call(0.05)).toBe(true)
    time.nowMs += 0.05
  }
  expect(times.cpuPercent()).toBeCloseTo(0.5, 1)
})

test('a call that was not timed and took long counts from where it looked at the clock', () => {
  const { times, time, call } = createTimes()
  while (call(0.001));
  expect(times.begin()).toBe(untimed)
  time.nowMs += 500
  times.endLong(time.nowMs - 499)
  expect(times.cpuPercent()).toBeGreaterThan(49)
  expect(times.lastActivityMs).toBeCloseTo(time.nowMs)
})

/** So many short calls that the next need not be timed. */
function burst(call: (tookMs: number) => boolean): void {
  while (call(0.001));
}

test('where nothing notices long calls, only those that were lent go untimed', () => {
  const { times, call } = createTimes(false)
  for (let n = 0; n < 100; n += 1) expect(call(0.001)).toBe(true)
  const lent = { unused: 0 }
  lent.unused = times.lend(lent)
  expect(lent.unused).toBeGreaterThan(0)
  lent.unused -= 1
  expect(times.count).toBe(101)
  times.takeBack(lent.unused)
  expect(call(0.001)).toBe(true)
  expect(times.count).toBe(102)
})

test('where nothing notices long calls, one that was timed keeps those after it from being lent', () => {
  const { times, call } = createTimes(false)
  for (let n = 0; n < 100; n += 1) call(0.001)
  call(500)
  for (let n = 0; n < 30; n += 1) {
    call(0.001)
    expect(times.lend({ unused: 0 })).toBe(0)
    times.takeBack(0)
  }
})

test('calls that are lent are counted while they are made, and none of them twice', () => {
  const { times, time, call } = createTimes()
  burst(call)
  const before = times.count
  const lent = { unused: 0 }
  const calls = times.lend(lent)
  lent.unused = calls
  expect([times.count, times.begin() !== untimed]).toEqual([before, true])
  lent.unused -= 3
  expect(times.count).toBe(before + 4)
  times.takeBack(lent.unused)
  expect(times.count).toBe(before + 4)
  time.turn()
  expect([times.count, call(0.001)]).toEqual([before + 4, true])
})
