import { afterEach, expect, test } from 'vitest'
import { createTranspiler } from '../../src/abi/component/transpiler.ts'
import type { Transpiler } from '../../src/abi/component/late-transpiler.ts'
import {
  openTranspilerThread,
  type TranspilerThread,
} from '../../src/abi/component/transpiler-thread.ts'
import { assemble } from './build.ts'
import { answering, panicking, results } from './texts.ts'

interface Watched {
  readonly transpiler: Transpiler
  readonly threads: { opened: number; readonly ended: Set<TranspilerThread> }
}

const open: Watched[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ transpiler }) => transpiler.close()))
})

/** @param silent so many threads, the first ones, never answer */
function watched({ timeoutMs = 170_000, idleMs = 170_000, silent = 0 } = {}): Watched {
  const threads = { opened: 0, ended: new Set<TranspilerThread>() }
  const transpiler = createTranspiler({
    fetch,
    networkTimeoutMs: 1000,
    timeoutMs,
    idleMs,
    open() {
      threads.opened += 1
      const inner = threads.opened > silent ? openTranspilerThread(undefined) : mute
      const thread: TranspilerThread = {
        ...inner,
        async end() {
          await inner.end()
          threads.ended.add(thread)
        },
      }
      return thread
    },
  })
  open.push({ transpiler, threads })
  return { transpiler, threads }
}

const mute: TranspilerThread = {
  post: () => undefined,
  listen: () => undefined,
  keepAlive: () => undefined,
  end: () => Promise.resolve(),
}

/** Some hundred bytes, for which jco writes gigabytes. */
const endless = assemble(results(16))

test('distinct components one after the other share one thread, which ends when all is closed', async () => {
  const { transpiler, threads } = watched()
  for (let n = 0; n < 200; n += 1) {
    const { exports } = await transpiler.transpile(await assemble(answering(n)), undefined)
    expect(exports).toEqual([['f', 'function']])
  }
  expect([threads.opened, threads.ended.size]).toEqual([1, 0])
  await transpiler.close()
  expect([threads.opened, threads.ended.size]).toEqual([1, 1])
}, 180_000)

test('a thread that nobody needs ends', async () => {
  const { transpiler, threads } = watched({ idleMs: 1 })
  await transpiler.transpile(await assemble(answering(1)), undefined)
  await expect.poll(() => threads.ended.size).toBe(1)
})

test('a component that takes too long ends with its thread, and the next one gets another', async () => {
  const { transpiler, threads } = watched({ timeoutMs: 1 })
  await expect(transpiler.transpile(await endless, undefined)).rejects.toMatchObject({
    name: 'ContainerTimeoutError',
    code: 'TIME_LIMIT',
    message: expect.stringContaining('components.timeout (1 ms)') as string,
  })
  expect([threads.opened, threads.ended.size]).toEqual([1, 1])
  await expect(transpiler.transpile(await endless, undefined)).rejects.toThrow('components.timeout')
  expect([threads.opened, threads.ended.size]).toEqual([2, 2])
})

test('a component that is refused, or on which jco panics, leaves its thread to the next', async () => {
  const { transpiler, threads } = watched()
  for (const text of [`(component (core func (canon waitable-set.new)))`, panicking])
    await expect(transpiler.transpile(await assemble(text), undefined)).rejects.toMatchObject({
      code: expect.stringMatching(/^MODULE_/) as string,
    })
  await transpiler.transpile(await assemble(answering(1)), undefined)
  expect([threads.opened, threads.ended.size]).toEqual([1, 0])
})

test('a component for which jco needs too much memory ends with its thread', async () => {
  const { transpiler, threads } = watched()
  await expect(transpiler.transpile(await endless, undefined)).rejects.toMatchObject({
    name: 'ContainerMemoryError',
    code: 'MEMORY_LIMIT',
  })
  expect([threads.opened, threads.ended.size]).toEqual([1, 1])
  await transpiler.transpile(await assemble(answering(1)), undefined)
}, 180_000)

test('one that takes long ends with its thread when it is aborted, at once', async () => {
  const { transpiler, threads } = watched()
  const abort = new AbortController()
  const slow = transpiler.transpile(await endless, abort.signal)
  const ended = expect(slow).rejects.toMatchObject({ code: 'ABORTED', cause: new Error('enough') })
  await expect.poll(() => threads.opened).toBe(1)
  abort.abort(new Error('enough'))
  await ended
  expect(threads.ended.size).toBe(1)
})

test('one that never ends stops no other', async () => {
  const { transpiler, threads } = watched({ silent: 1 })
  const abort = new AbortController()
  const slow = transpiler.transpile(await assemble(answering(1)), abort.signal)
  const ended = expect(slow).rejects.toMatchObject({ code: 'ABORTED' })
  await transpiler.transpile(await assemble(answering(2)), undefined)
  abort.abort()
  await ended
  expect([threads.opened, threads.ended.size]).toEqual([2, 1])
})

test('an aborted start opens no thread', async () => {
  const { transpiler, threads } = watched()
  const run = transpiler.transpile(await endless, AbortSignal.abort())
  await expect(run).rejects.toMatchObject({ code: 'ABORTED' })
  expect(threads.opened).toBe(0)
})

test('more components than threads wait for their turn, which an abort gives up', async () => {
  const { transpiler, threads } = watched({ silent: 4 })
  const bytes = await assemble(answering(1))
  const abort = new AbortController()
  const slow = Array.from({ length: 8 }, () => transpiler.transpile(bytes, abort.signal))
  const settled = Promise.allSettled(slow)
  const last = transpiler.transpile(bytes, undefined)
  await expect.poll(() => threads.opened).toBe(4)
  abort.abort()
  expect((await settled).map(({ status }) => status)).toEqual(slow.map(() => 'rejected'))
  expect((await last).exports).toHaveLength(1)
  expect([threads.opened, threads.ended.size]).toEqual([5, 4])
})

test('closing ends what is under way, and the next component opens another thread', async () => {
  const { transpiler, threads } = watched({ silent: 2 })
  const bytes = await assemble(answering(1))
  const slow = [bytes, bytes].map((one) => transpiler.transpile(one, undefined))
  const settled = Promise.allSettled(slow)
  await expect.poll(() => threads.opened).toBe(2)
  await transpiler.close()
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(threads.ended.size).toBe(2)
  await transpiler.transpile(bytes, undefined)
  expect(threads.opened).toBe(3)
})
