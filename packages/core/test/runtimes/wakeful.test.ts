import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import {
  CountedPort,
  countsBytes,
  type NodePort,
  type ReceiveMessage,
} from '../../src/runtimes/worker/counted-port.ts'
import { WakefulCaller } from '../../src/runtimes/worker/wakeful-caller.ts'
import { WakefulWorker } from '../../src/runtimes/worker/wakeful-worker.ts'

const open: NodePort[] = []
afterEach(() => {
  for (const port of open.splice(0)) port.close()
})

interface Ends {
  readonly caller: CountedPort
  readonly worker: CountedPort
  /** Sends to the caller without counting. */
  readonly slip: (message: unknown) => void
  readonly counts: Int32Array
  /** How often a port was really looked into. */
  readonly looked: () => number
  /** How often the worker's event loop brought a message. */
  readonly woken: () => number
}

/** Both ends in this thread: what one sends comes to the other when the event loop has its turn, or when it is looked for. */
function channel(): Ends {
  const { port1, port2 } = new MessageChannel() as unknown as Record<'port1' | 'port2', NodePort>
  open.push(port1, port2)
  const counts = new SharedArrayBuffer(countsBytes)
  let looked = 0
  let woken = 0
  const receiveFrom =
    (port: NodePort): ReceiveMessage =>
    () => {
      looked += 1
      return (receiveMessageOnPort as unknown as ReceiveMessage)(port)
    }
  const wakened: NodePort = {
    postMessage: (message) => port2.postMessage(message),
    on: (event, listener) =>
      port2.on(event, (message) => {
        woken += 1
        listener(message)
      }),
    ref: () => port2.ref(),
    unref: () => port2.unref(),
    close: () => port2.close(),
  }
  return {
    caller: new CountedPort({ port: port1, counts, receive: receiveFrom(port1), side: 'caller' }),
    worker: new CountedPort({ port: wakened, counts, receive: receiveFrom(port2), side: 'worker' }),
    slip: (message) => port2.postMessage(message),
    counts: new Int32Array(counts),
    looked: () => looked,
    woken: () => woken,
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A caller whose looks are made by the test, at a time of its own. */
function wakefulCaller({ caller: port, worker }: Ends, isWorkerAwake = true) {
  worker.stayAwake(isWorkerAwake)
  const looks: (() => void)[] = []
  const got: unknown[] = []
  let nowMs = 0
  const caller = new WakefulCaller({
    port,
    onMessage: (message) => void got.push(message),
    later: (look) => void looks.push(look),
    nowMs: () => nowMs,
  })
  const ask = (message: unknown): void => {
    caller.keepAwake(true)
    caller.post(message)
  }
  /** Gives whether there was one to make. */
  const look = (afterMs = 0.001): boolean => {
    nowMs += afterMs
    const next = looks.shift()
    next?.()
    return next !== undefined
  }
  return { caller, ask, look, got }
}

test('a port is looked into only when the other end counted a message', () => {
  const { caller, worker, looked } = channel()
  for (let n = 0; n < 1000; n += 1) expect(caller.take()).toBeUndefined()
  expect(looked()).toBe(0)
  worker.post('one')
  expect(caller.take()).toEqual({ message: 'one' })
  expect([caller.take(), looked()]).toEqual([undefined, 1])
})

test('messages that are looked for and those that the event loop brings come once each and in order', async () => {
  const { caller, worker } = channel()
  const got: unknown[] = []
  caller.listen((message) => got.push(message))
  for (let n = 0; n < 1000; n += 1) {
    worker.post(n)
    if (n % 3 === 0)
      for (let next = caller.take(); next; next = caller.take()) got.push(next.message)
    if (n % 7 === 0) await turn()
  }
  await expect.poll(() => got.length, { timeout: 20_000 }).toBe(1000)
  expect(got).toEqual(Array.from({ length: 1000 }, (_, n) => n))
})

test('a message that is not counted comes all the same, and a count without a message costs a look', async () => {
  const { caller, counts, slip, looked } = channel()
  const got: unknown[] = []
  caller.listen((message) => got.push(message))
  slip('slipped')
  expect(caller.take()).toBeUndefined()
  await expect.poll(() => got, { timeout: 20_000 }).toEqual(['slipped'])
  Atomics.store(counts, 16, 7)
  expect(caller.take()).toBeUndefined()
  expect(looked()).toBe(1)
})

test('a caller looks for an answer until it comes, then no more', () => {
  const ends = channel()
  const { caller, ask, look, got } = wakefulCaller(ends)
  ask('ask')
  expect([look(), look(), got]).toEqual([true, true, []])
  ends.worker.post('answer')
  expect([look(), got]).toEqual([true, ['answer']])
  caller.keepAwake(false)
  expect([look(), look()]).toEqual([true, false])
})

test('a caller does not look for what nobody waits for', () => {
  const ends = channel()
  const { caller, ask, look, got } = wakefulCaller(ends)
  ask('ask')
  caller.keepAwake(false)
  ends.worker.post('late')
  expect([look(), look(), got]).toEqual([true, false, []])
})

test('a caller looks a quarter of a millisecond for an answer that does not come', () => {
  const { ask, look } = wakefulCaller(channel())
  ask('ask')
  let looks = 0
  while (look(0.01)) looks += 1
  expect(looks).toBe(25)
})

test('a caller looks less and less often for answers that do not come', () => {
  const { ask, look } = wakefulCaller(channel())
  let looks = 0
  for (let n = 0; n < 10_000; n += 1) {
    ask(n)
    if (!look(1)) continue
    looks += 1
    expect(look()).toBe(false)
  }
  expect(looks).toBeLessThan(9 + 10_000 / 256)
})

test('a caller sleeps where its worker does', async () => {
  const { ask, look, got } = wakefulCaller(channel(), false)
  for (let n = 0; n < 100; n += 1) {
    ask(n)
    expect(look()).toBe(false)
  }
  expect(got).toEqual([])
})

test('a caller sees one message a look, so that what awaits it runs before the next', () => {
  const ends = channel()
  const { ask, look, got } = wakefulCaller(ends)
  ask('ask')
  for (const message of ['output', 'log', 'answer']) ends.worker.post(message)
  expect([look(), got.length, look(), got.length]).toEqual([true, 1, true, 2])
})

test('a worker lets its event loop have its turn among asks that never end', async () => {
  const { caller, worker, woken } = channel()
  const inRow: number[] = []
  let [asked, done, nowMs] = [0, 0, 0]
  const ask = (): void => {
    if (asked === done && asked < 10_000) caller.post((asked += 1))
  }
  new WakefulWorker({
    port: worker,
    perform: () => {
      const count = (inRow[woken()] ?? 0) + 1
      inRow[woken()] = count
      done += 1
      // It does not even look.
      if (count === 257) ask()
      return Promise.resolve()
    },
    // The next ask is there as soon as the worker looks.
    nowMs() {
      ask()
      return (nowMs += 0.001)
    },
  }).listen()
  ask()
  await expect.poll(() => done, { timeout: 20_000 }).toBe(10_000)
  expect(Math.max(...inRow.slice(1))).toBe(257)
})

test('a worker looks a tenth of a millisecond for the next ask, and less and less often where it does not come', async () => {
  const { caller, worker } = channel()
  let done = 0
  let reads = 0
  const perform = (): Promise<void> => Promise.resolve(void (done += 1))
  const nowMs = (): number => (reads += 1) * 0.002
  new WakefulWorker({ port: worker, perform, nowMs }).listen()
  for (let n = 1; n <= 300; n += 1) {
    caller.post(n)
    await expect.poll(() => done, { timeout: 20_000, interval: 1 }).toBe(n)
  }
  // After the asks 1, 3, 6, 11, 20, 37, 70, 135 and 264, about fifty steps each.
  expect(reads).toBeGreaterThan(9 * 48)
  expect(reads).toBeLessThan(9 * 54)
})

test.each([
  ['came while it looked without a break', 0.001, 'ask', true],
  ['came when it had not run for a while, as on the same core', 0.01, 'ask', false],
  ['did not come', 0.001, 'nothing', false],
  ['was counted and did not come', 0.001, 'count', false],
] as const)(
  'a worker says whether it stays awake: the next ask %s',
  async (...[, stepMs, what, isAwake]) => {
    const { caller, worker, counts } = channel()
    const awakeAtAsks: boolean[] = []
    let nowMs = 0
    new WakefulWorker({
      port: worker,
      perform: () => Promise.resolve(void awakeAtAsks.push(caller.isOtherAwake())),
      nowMs() {
        if (what === 'ask' && nowMs === 0) caller.post('next')
        if (what === 'count' && nowMs === 0) Atomics.add(counts, 0, 1)
        return (nowMs += stepMs)
      },
    }).listen()
    worker.stayAwake(!isAwake)
    caller.post('first')
    if (what !== 'ask')
      return expect.poll(() => caller.isOtherAwake(), { timeout: 20_000 }).toBe(false)
    await expect.poll(() => awakeAtAsks, { timeout: 20_000 }).toEqual([!isAwake, isAwake])
  },
)

test('a worker does not look while something that it was asked is still running', async () => {
  const { caller, worker, looked } = channel()
  const waiting: (() => void)[] = []
  new WakefulWorker({
    port: worker,
    perform: (message) =>
      message === 'long' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(),
    nowMs: () => performance.now(),
  }).listen()
  for (let n = 1; n <= 100; n += 1) {
    caller.post('short')
    caller.post('long')
    await expect.poll(() => waiting.length, { timeout: 20_000, interval: 1 }).toBe(n)
  }
  // All but the first could have been found by a look.
  expect(looked()).toBeLessThanOrEqual(1)
  for (const end of waiting) end()
})
