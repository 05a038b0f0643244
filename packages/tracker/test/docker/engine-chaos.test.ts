import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerSource } from '../../src/docker/index.ts'
import { Tracker, workspacesOf } from '../../src/index.ts'
import type { TrackerMessage } from '../../src/index.ts'
import { image, until } from './engine.ts'
import { PrivateEngine, privateEngineAbsent } from './private-engine.ts'

describe.skipIf(privateEngineAbsent !== '')('an engine that is mistreated', () => {
  const engine = new PrivateEngine()
  beforeAll(() => engine.open(), 60_000)
  afterAll(() => engine.close(), 60_000)

  const track = async (syncIntervalMs: number) => {
    const source = dockerSource({ host: `unix://${engine.socketPath}` })
    const tracker = new Tracker(workspacesOf(source), source, { syncIntervalMs, maxRetries: 0 })
    const seen: TrackerMessage[] = []
    tracker.on((message) => void seen.push(message))
    await tracker.start()
    const stop = async () => {
      await tracker.stop()
      source.close?.()
    }
    return { tracker, seen, stop }
  }
  const start = (name: string) =>
    engine.docker('run', '-d', '--network', 'none', '--name', name, image, 'sleep', '600')

  it(
    'never waits for us: 2,000 events in a burst with stuck handlers and a reader that does not read',
    { timeout: 120_000 },
    async () => {
      const { tracker, seen, stop } = await track(60_000)
      tracker.on(() => new Promise(() => {}))
      tracker.events({ bufferSize: 10 })
      const id = await start('burst')
      const delays: number[] = []
      for (let i = 0; i < 2000; i += 1) {
        const began = performance.now()
        await engine.post(`/containers/${id}/rename?name=burst-${i}`)
        delays.push(performance.now() - began)
      }
      const sorted = delays.toSorted((a, b) => a - b)
      console.info(
        `2,000 renames: median ${sorted[1000]?.toFixed(1)} ms, p99 ${sorted[1980]?.toFixed(1)} ms, slowest ${sorted.at(-1)?.toFixed(1)} ms`,
      )
      // A reader that stalls the engine makes each event past the first 1,274 take more than 100 ms, fifty times as long.
      const median = (of: number[]) => of.toSorted((a, b) => a - b)[of.length >> 1] ?? 0
      expect(median(delays.slice(1500)) / median(delays.slice(0, 1000))).toBeLessThan(10)
      await engine.docker('pause', id)
      await until('the pause arrives', () =>
        [...tracker.getAllWorkspaceStates().values()].some(
          (s) => s.containerId === id && s.containerState === 'paused',
        ),
      )
      expect(seen.filter((m) => m.type === 'gap')).toEqual([])
      await stop()
      await engine.docker('rm', '-f', id)
    },
  )

  it(
    'may be killed and started again: the state is right within one listing, with gap, error and recovery',
    { timeout: 120_000 },
    async () => {
      const { tracker, seen, stop } = await track(1000)
      await start('stays')
      const id = await start('dies')
      await until('both run', () =>
        ['stays', 'dies'].every((name) => tracker.getWorkspaceState(name)?.status === 'active'),
      )
      const pid = Number(await engine.docker('inspect', '-f', '{{.State.Pid}}', id))
      await engine.crash()
      await until('the outage is reported', () =>
        seen.some((m) => m.type === 'error' && m.workspaceId === ''),
      )
      process.kill(pid, 'SIGKILL')
      await engine.start()
      const back = performance.now()
      await until(
        'the loss is noticed',
        () => tracker.getWorkspaceState('dies')?.status === 'inactive',
        30_000,
      )
      console.info(
        `right ${(performance.now() - back).toFixed(0)} ms after the engine answered again`,
      )
      expect(tracker.getWorkspaceState('stays')?.status).toBe('active')
      await until('the recovery is reported', () =>
        seen.some((m) => m.type === 'recovery' && m.workspaceId === ''),
      )
      await until('the gap is reported', () =>
        seen.some((m) => m.type === 'gap' && m.reason === 'reconnected'),
      )
      await stop()
    },
  )
})
