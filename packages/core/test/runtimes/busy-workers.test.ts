import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as threads from 'node:worker_threads'
import { build } from 'esbuild'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { ContainerInstance } from '../../src/containers/instance.ts'
import { ContainerManager } from '../../src/containers/manager.ts'
import type { ContainerManagerConfig } from '../../src/containers/manager-config.ts'
import { openNodeWorker, type NodeThreads } from '../../src/runtimes/worker/node-worker.ts'
import { createWorkerRuntime } from '../../src/runtimes/worker/worker-runtime.ts'
import { fixture, native } from '../containers/modules.ts'

const inWorker = { runtime: 'nodejs', execution: 'worker' } as const
const patient = { timeout: 20_000 } as const
const folder = mkdtempSync(join(tmpdir(), 'gaesup-workers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const managers: ContainerManager[] = []
afterEach(() => Promise.all(managers.splice(0).map((one) => one.cleanup())))

function managed(config?: ContainerManagerConfig): ContainerManager {
  const manager = new ContainerManager(config)
  managers.push(manager)
  return manager
}

const startAll = (
  manager: ContainerManager,
  count: number,
): Promise<readonly ContainerInstance[]> =>
  Promise.all(Array.from({ length: count }, () => manager.run(native, inWorker)))

const codeOf = (error: unknown): unknown => (error as { code?: string }).code

/** One call after the other. */
async function callInTurn(container: ContainerInstance, count: number): Promise<unknown[]> {
  const results: unknown[] = []
  for (let n = 0; n < count; n += 1) results.push(await container.call('increment'))
  return results
}

test('thousands of calls from several containers at once are answered once each and in order', async () => {
  const containers = await startAll(managed(), 4)
  const wanted = Array.from({ length: 1500 }, (_, n) => n + 1)
  const all = await Promise.all(
    containers.map(async (container, n) => {
      const answered: unknown[] = []
      const note = (value: unknown): unknown => answered.push(value)
      if (n % 2 === 0) for (const value of await callInTurn(container, 1500)) note(value)
      // As many as may wait, then those that follow.
      for (let at = 0; n % 2 === 1 && at < 3; at += 1) {
        const calls = Array.from({ length: 500 }, () => container.call('increment').then(note))
        await Promise.all(calls)
      }
      return answered
    }),
  )
  for (const answered of all) expect(answered).toEqual(wanted)
  for (const container of containers) expect(await container.call('increment')).toBe(1501)
})

test('a container that is stopped amid calls rejects them, and the others are answered', async () => {
  const manager = managed()
  const [first, ...others] = await startAll(manager, 4)
  const calls = others.map((one) => callInTurn(one, 600))
  const ended = callInTurn(first as ContainerInstance, 1_000_000).catch(codeOf)
  await expect.poll(() => first?.metrics.callCount ?? 0, patient).toBeGreaterThan(20)
  await first?.stop()
  expect(await ended).toBe('STOPPED')
  for (const results of await Promise.all(calls)) expect(results.at(-1)).toBe(600)
  // Whether its worker was ended or is used again: the next container begins anew.
  expect(await callInTurn(await manager.run(native, inWorker), 3)).toEqual([1, 2, 3])
})

test('a signal stops a call amid short ones, and the container lives on with its state', async () => {
  const container = await managed().run(native, inWorker)
  for (let n = 0; n < 5; n += 1) {
    await callInTurn(container, 50)
    const stop = new AbortController()
    const call = container.call('spin', [], { signal: stop.signal }).catch(codeOf)
    setTimeout(() => stop.abort(), 5)
    expect(await call).toBe('ABORTED')
  }
  // A loop that is stopped has counted once, if it had begun.
  const count = await container.call('increment')
  expect(count).toBeGreaterThan(5 * 50)
  expect(count).toBeLessThanOrEqual(5 * 51 + 1)
})

test('timers and files of the caller are served while a call does not end', async () => {
  const container = await managed().run(native, { ...inWorker, maxCpuTime: Infinity })
  await callInTurn(container, 100)
  const stop = new AbortController()
  const call = container.call('spin', [], { signal: stop.signal }).catch(codeOf)
  // The call ends only after all of this.
  for (let n = 0; n < 50; n += 1) await new Promise((resolve) => setTimeout(resolve, 1))
  expect((await readFile(fileURLToPath(import.meta.url))).length).toBeGreaterThan(0)
  stop.abort()
  expect(await call).toBe('ABORTED')
})

test('the caller of a call that does not end looks for its answer a moment, then sleeps', async () => {
  let looks = 0
  const url = new URL('../../src/runtimes/worker.ts', import.meta.url)
  const open = () =>
    openNodeWorker(threads as unknown as NodeThreads, url, (look) => {
      looks += 1
      setImmediate(look)
    })
  const runtime = createWorkerRuntime('nodejs', { maxThreads: 1, open })
  const container = await managed({ runtimes: [runtime] }).run(native, inWorker)
  await callInTurn(container, 200)
  const stop = new AbortController()
  const call = container.call('spin', [], { signal: stop.signal }).catch(codeOf)
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (let n = 0; n < 3; n += 1) await new Promise((resolve) => setImmediate(resolve))
  const afterwards = looks
  // Long after a tenth of a millisecond: none of these turns of the event loop looks.
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(looks).toBe(afterwards)
  stop.abort()
  expect(await call).toBe('ABORTED')
})

/** The worker's script in one file, as fifty that are made from many files each take their time. */
async function bundledWorker(): Promise<URL> {
  const outfile = join(folder, 'worker.mjs')
  const entry = fileURLToPath(new URL('../../src/runtimes/worker.ts', import.meta.url))
  const target = 'es2023'
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target,
  })
  return pathToFileURL(outfile)
}

test('fifty containers in workers at rest take no CPU time', async () => {
  const workerUrl = await bundledWorker()
  const manager = managed({ maxContainers: 50, workerThreads: 50, workerUrl })
  const containers = await startAll(manager, 50)
  for (const results of await Promise.all(containers.map((one) => callInTurn(one, 20))))
    expect(results.at(-1)).toBe(20)
  // Code that is compiled and memory that is given back end first. Threads that looked would take all cores.
  const restingMs = async (): Promise<number> => {
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  await expect.poll(restingMs, { timeout: 40_000, interval: 0 }).toBeLessThan(200)
})

test('events of a container that was stopped do not come when its worker serves the next', async () => {
  const manager = managed({ workerThreads: 1 })
  const isolation = { crossContainerComm: true }
  let came = 0
  manager.events.on('topic:flood', () => void (came += 1))
  for (let n = 0; n < 3; n += 1) {
    came = 0
    const flooding = await manager.run(fixture('flood.wasm'), { ...inWorker, isolation })
    await expect(flooding.call('flood_events')).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
    await flooding.stop()
    expect(came).toBeGreaterThan(1000)
    came = 0
    const next = await manager.run(native, inWorker)
    expect(await callInTurn(next, 3)).toEqual([1, 2, 3])
    await next.stop()
    expect(came).toBe(0)
  }
})

/** A container in a worker that keeps to the messages only. */
async function odd(maxCpuTime: number): Promise<ContainerInstance> {
  const workerUrl = new URL('engines/odd-worker.ts', import.meta.url)
  return managed({ workerUrl }).run(native, { ...inWorker, maxCpuTime })
}

test.each(['uncounted', 'late', 'miscounted'])(
  'an answer comes, whatever the worker counted: %s',
  async (name) => {
    const container = await odd(60_000)
    for (let n = 0; n < 20; n += 1) expect(await container.call(name)).toBe('here')
  },
)

test('what a worker said before it ended is heard', async () => {
  const container = await odd(60_000)
  expect(await container.call('leave')).toBe('left')
  await expect.poll(() => container.status, patient).toBe('error')
})

test('a second answer to one call is not taken for one to the next', async () => {
  const container = await odd(60_000)
  for (let n = 0; n < 100; n += 1) expect(await container.call('twice')).toBe('first')
})

test('a worker that counts and says nothing is ended a second after maxCpuTime', async () => {
  const container = await odd(50)
  await expect(container.call('silent')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
  expect(container.status).toBe('error')
})
