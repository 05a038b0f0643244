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
function wakefulCaller({ caller: port, worker }: Ends) {
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
  /** An answer that comes at once where it is looked for, and late where it is not. */
  const answered = async (): Promise<void> => {
    ask('ask')
    worker.post('answer')
    if (!look()) {
      nowMs += 1
      const { length } = got
      await expect.poll(() => got.length, { timeout: 20_000, interval: 1 }).toBe(length + 1)
    }
    caller.keepAwake(false)
    while (look());
  }
  /** Lets it learn that looking pays. */
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 100; n += 1) await answered()
    got.length = 0
  }
  return { caller, ask, look, got, settle }
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

test('a caller looks for an answer until it comes, then no more', async () => {
  const ends = channel()
  const { caller, ask, look, got, settle } = wakefulCaller(ends)
  await settle()
  ask('ask')
  expect([look(), look(), got]).toEqual([true, true, []])
  ends.worker.post('answer')
  expect([look(), got]).toEqual([true, ['answer']])
  caller.keepAwake(false)
  expect([look(), look()]).toEqual([true, false])
})

test('a caller does not look for what nobody waits for', async () => {
  const ends = channel()
  const { caller, ask, look, got, settle } = wakefulCaller(ends)
  await settle()
  ask('ask')
  caller.keepAwake(false)
  ends.worker.post('late')
  expect([look(), look(), got]).toEqual([true, false, []])
})

test('a caller looks a quarter of a millisecond for an answer that does not come', async () => {
  const { ask, look, settle } = wakefulCaller(channel())
  await settle()
  ask('ask')
  let looks = 0
  while (look(0.01)) looks += 1
  expect(looks).toBeGreaterThan(20)
  expect(looks).toBeLessThan(30)
})

test('a caller sees one message a look, so that what awaits it runs before the next', async () => {
  const ends = channel()
  const { ask, look, got, settle } = wakefulCaller(ends)
  await settle()
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
    // The next ask is there as soon as the worker looks, and comes a millisecond later where it does not.
    nowMs() {
      ask()
      return (nowMs += 0.001) + woken()
    },
  }).listen()
  ask()
  await expect.poll(() => done, { timeout: 20_000 }).toBe(10_000)
  expect(Math.max(...inRow.slice(1))).toBe(257)
})

test('a worker looks a tenth of a millisecond for the next ask, in rare trials where it does not come', async () => {
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
  // The clock is read twice for each ask, and fifty times in each of the eight trials.
  expect(reads).toBeGreaterThan(2 * 300 + 6 * 50)
  expect(reads).toBeLessThan(2 * 300 + 9 * 60)
})

test('a worker does not look while something that it was asked is still running', async () => {
  const { caller, worker, looked } = channel()
  const waiting: (() => void)[] = []
  new WakefulWorker({
    port: worker,
    perform: (message) =>
      message === 'long' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(),
    nowMs: () => 0,
  }).listen()
  for (let n = 1; n <= 100; n += 1) {
    caller.post('short')
    caller.post('long')
    await expect.poll(() => waiting.length, { timeout: 20_000, interval: 1 }).toBe(n)
  }
  // All but the first could have been found by a look, which would have had no end.
  expect(looked()).toBeLessThanOrEqual(1)
  for (const end of waiting) end()
})
