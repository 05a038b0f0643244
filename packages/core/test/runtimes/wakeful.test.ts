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
}

/** Both ends in this thread: what one sends comes to the other when the event loop has its turn, or when it is looked for. */
function channel(): Ends {
  const { port1, port2 } = new MessageChannel() as unknown as Record<'port1' | 'port2', NodePort>
  open.push(port1, port2)
  const counts = new SharedArrayBuffer(countsBytes)
  let looked = 0
  const receive: ReceiveMessage = (port) => {
    looked += 1
    return (receiveMessageOnPort as unknown as ReceiveMessage)(port)
  }
  return {
    caller: new CountedPort({ port: port1, counts, receive, side: 'caller' }),
    worker: new CountedPort({ port: port2, counts, receive, side: 'worker' }),
    slip: (message) => port2.postMessage(message),
    counts: new Int32Array(counts),
    looked: () => looked,
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A caller whose looks are made by the test, at a time of its own. */
function wakefulCaller(port: CountedPort) {
  const looks: (() => void)[] = []
  const got: unknown[] = []
  const time = { nowMs: 0 }
  const caller = new WakefulCaller({
    port,
    onMessage: (message) => void got.push(message),
    later: (look) => void looks.push(look),
    nowMs: () => time.nowMs,
  })
  const ask = (message: unknown): void => {
    caller.keepAwake(true)
    caller.post(message)
  }
  /** Gives whether there was one to make. */
  const look = (afterMs = 0.001): boolean => {
    time.nowMs += afterMs
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
  const { caller: port, worker } = channel()
  const { caller, ask, look, got } = wakefulCaller(port)
  ask('ask')
  expect([look(), look()]).toEqual([true, true])
  worker.post('answer')
  caller.keepAwake(false)
  expect([look(), look(), got]).toEqual([true, false, []])
  ask('again')
  expect([look(), got]).toEqual([true, ['answer']])
})

test('a caller looks a tenth of a millisecond for an answer that does not come, and less often from then on', () => {
  const { ask, look } = wakefulCaller(channel().caller)
  let looks = 0
  for (let n = 0; n < 10_000; n += 1) {
    ask(n)
    while (look(0.01)) looks += 1
  }
  // Eleven steps each, for the first eight asks and about every 129th that follows.
  expect(looks).toBeLessThan(11 * (8 + 10_000 / 129))
  expect(looks).toBeGreaterThan(11 * 8)
})

test('a caller sees one message a look, so that what awaits it runs before the next', () => {
  const { caller: port, worker } = channel()
  const { ask, look, got } = wakefulCaller(port)
  ask('ask')
  for (const message of ['output', 'log', 'answer']) worker.post(message)
  expect([look(), got.length, look(), got.length]).toEqual([true, 1, true, 2])
})

/** A worker in this thread that answers each ask with itself. Its clock moves each time that it is read. */
function wakefulWorker(port: CountedPort, stepMs: number) {
  const time = { reads: 0 }
  const done: unknown[] = []
  const perform = async (message: unknown): Promise<void> => {
    await Promise.resolve()
    done.push(message)
  }
  const nowMs = (): number => (time.reads += 1) * stepMs
  new WakefulWorker({ port, perform, nowMs }).listen()
  return { time, done }
}

test('a worker lets its event loop have its turn among asks that never end', async () => {
  const { caller, worker } = channel()
  let asked = 1
  let done = 0
  let nowMs = 0
  new WakefulWorker({
    port: worker,
    perform: () => Promise.resolve(void (done += 1)),
    // Whenever the worker looks, the next ask is there.
    nowMs() {
      if (asked === done && asked < 10_000) {
        asked += 1
        caller.post(asked)
      }
      return (nowMs += 0.001)
    },
  }).listen()
  caller.post(asked)
  await expect.poll(() => done, { timeout: 20_000 }).toBeGreaterThan(1)
  expect([asked, done]).toEqual([257, 257])
})

test('a worker looks for the next ask no longer than it may, and less often from then on', async () => {
  const { caller, worker } = channel()
  const { time, done } = wakefulWorker(worker, 0.002)
  for (let n = 1; n <= 300; n += 1) {
    caller.post(n)
    await expect.poll(() => done.length, { timeout: 20_000, interval: 1 }).toBe(n)
  }
  // The clock is read once for each ask, and fifty times for each of the looks 1, 3, 6, 11, 20, 37, 70, 135 and 264.
  expect(time.reads).toBeGreaterThan(300)
  expect(time.reads).toBeLessThan(300 + 9 * 60)
})

test('a worker does not look while something that it was asked is still running', async () => {
  const { caller, worker } = channel()
  const waiting: (() => void)[] = []
  let reads = 0
  new WakefulWorker({
    port: worker,
    perform: (message) =>
      message === 'long' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(),
    nowMs: () => (reads += 1),
  }).listen()
  caller.post('long')
  await expect.poll(() => waiting.length, { timeout: 20_000 }).toBe(1)
  caller.post('short')
  caller.post('long')
  await expect.poll(() => waiting.length, { timeout: 20_000 }).toBe(2)
  expect(reads).toBe(0)
  for (const end of waiting) end()
  await expect.poll(() => reads, { timeout: 20_000 }).toBeGreaterThan(0)
})
