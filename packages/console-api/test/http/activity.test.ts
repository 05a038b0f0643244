import { expect, test } from 'vitest'
import { encodeCode, type FunctionActivity } from '../../src/contract/index.ts'
import { answer } from '../../src/testing/index.ts'
import { createBench } from '../http.ts'

test('tells which calls of a function wait, start and run', async () => {
  const starts: (() => void)[] = []
  const runs: (() => void)[] = []
  const bench = createBench({
    runner: { onStart: () => new Promise<void>((resolve) => starts.push(resolve)) },
    behaviour: () => new Promise((resolve) => runs.push(() => resolve(answer('done')))),
    options: { host: { maxInstancesPerFunction: 1, maxStarting: 1 } },
  })
  const { ws, path } = await bench.ready()
  const other = await bench.fn(ws.id, { name: 'other' })
  const otherPath = `/api/workspaces/${ws.id}/functions/${other.id}`
  const until = async (of: string, wanted: FunctionActivity): Promise<void> =>
    expect.poll(() => bench.json(`GET ${of}/activity`)).toEqual(wanted)
  await until(path, { waiting: 0, starting: 0, running: 0 })
  const calls = [
    bench.call(`POST ${path}/invoke`, '{}'),
    bench.call(`POST ${path}/invoke`, '{}'),
    // Drafts count, too.
    bench.call(`POST ${path}/draft-run`, { code: encodeCode('draft') }),
  ]
  await until(path, { waiting: 2, starting: 1, running: 0 })
  calls.push(bench.call(`POST ${otherPath}/invoke`, '{}'))
  await until(otherPath, { waiting: 1, starting: 0, running: 0 })
  starts.shift()?.()
  await until(path, { waiting: 1, starting: 1, running: 1 })
  starts.shift()?.()
  await until(path, { waiting: 1, starting: 0, running: 2 })
  await until(otherPath, { waiting: 0, starting: 1, running: 0 })
  starts.shift()?.()
  await until(otherPath, { waiting: 0, starting: 0, running: 1 })
  await finish(runs, calls.length)
  for (const call of calls) expect((await call).status).toBe(200)
  await until(path, { waiting: 0, starting: 0, running: 0 })
  expect(await bench.error(`GET ${path}x/activity`)).toMatchObject({ status: 404 })
})

/** Ends as many calls as there are, the later ones once they have begun. */
async function finish(runs: (() => void)[], count: number): Promise<void> {
  for (let ended = 0; ended < count; ended += 1) {
    await expect.poll(() => runs.length).toBeGreaterThan(0)
    runs.shift()?.()
  }
}
