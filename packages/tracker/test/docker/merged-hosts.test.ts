import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerSource } from '../../src/docker/index.ts'
import { Tracker, mergeSources, workspacesOf } from '../../src/index.ts'
import type { TrackerMessage } from '../../src/index.ts'
import { docker, engineAbsent, image, socketPath, uniqueName, until } from './engine.ts'
import { Proxy, listen, makeCertificate } from './proxies.ts'

describe.skipIf(engineAbsent !== '')('one engine behind two addresses, as two hosts', () => {
  const name = uniqueName('merged')
  const folder = mkdtempSync(join(tmpdir(), 'tracker-hosts-'))
  let certificate: ReturnType<typeof makeCertificate>
  let near: Proxy
  let far: Proxy
  beforeAll(async () => {
    certificate = makeCertificate()
    near = new Proxy(socketPath)
    far = new Proxy(socketPath, certificate)
    await docker('run', '-d', '--init', '--name', name, image, 'sleep', '600')
  })
  afterAll(async () => {
    near.close()
    far.close()
    await docker('rm', '-f', name)
    rmSync(folder, { recursive: true })
  })

  it(
    'are followed and measured together, over a Unix socket and TLS, and one of them may go away',
    { timeout: 60_000 },
    async () => {
      const path = join(folder, 'near.sock')
      await listen(near.server, path)
      const host = `https://127.0.0.1:${await listen(far.server)}`
      const { cert, key } = certificate
      const source = mergeSources([
        { host: 'near', source: dockerSource({ host: `unix://${path}` }) },
        {
          host: 'far',
          source: dockerSource({ host, tls: { ca: cert, cert, key }, cgroups: false }),
        },
      ])
      const tracker = new Tracker(workspacesOf(source), source, { syncIntervalMs: 1000 })
      const seen: TrackerMessage[] = []
      tracker.on((message) => void seen.push(message))
      const stateOf = (at: string) => tracker.getWorkspaceState(`${at}/${name}`)
      const both = (state: string) =>
        ['near', 'far'].every((at) => stateOf(at)?.containerState === state)
      await tracker.start()
      expect(both('running')).toBe(true)
      await docker('pause', name)
      await until('both show the pause', () => both('paused'))
      await docker('unpause', name)
      const pathOf = (at: string) => source.statsPath?.(stateOf(at)?.containerId ?? '')?.path
      await until(
        'both are measured, each on its own path',
        () => /^cgroup-v[12]$/.test(pathOf('near') ?? '') && pathOf('far') === 'stats-one-shot',
      )
      await until('both have a number', () =>
        ['near', 'far'].every((at) => (stateOf(at)?.metrics?.memoryUsage ?? 0) > 0),
      )

      const summary = await tracker.monitor.getResourceSummary(new AbortController().signal)
      const one = await dockerSource({ host: `unix://${path}` }).system?.(
        new AbortController().signal,
      )
      expect(summary.systemStats?.cpuCount).toBe(2 * (one?.cpuCount ?? Number.NaN))
      expect(summary.systemStats?.dockerVersion).toBe(one?.dockerVersion)

      far.cut()
      await until('the outage of the far one is reported', () =>
        seen.some((m) => m.type === 'error' && m.message.includes('far: ')),
      )
      await docker('pause', name)
      await until('the near one goes on', () => stateOf('near')?.containerState === 'paused')
      expect(stateOf('far')?.containerState).toBe('running')
      far.open()
      await until('the far one catches up', () => both('paused'), 20_000)
      await until('the gap is reported', () =>
        seen.some((m) => m.type === 'gap' && m.reason === 'reconnected'),
      )
      await docker('unpause', name)
      await tracker.stop()
      source.close?.()
    },
  )
})
