import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { parseWireMessage } from '../../src/contract/index.ts'
import { defaultWorkspaceLabel, dockerSource } from '../../src/docker/index.ts'
import { attachLive, createTrackerHandler, toNodeListener } from '../../src/http/index.ts'
import { ResourceMonitor, Tracker, workspacesOf } from '../../src/index.ts'
import { image, until } from './engine.ts'
import { PrivateEngine, privateEngineAbsent } from './private-engine.ts'

const containers = 10
const bursts = 2000

/** A server as a user would build it, on real sockets. */
const serve = async (tracker: Tracker) => {
  const handler = createTrackerHandler({ tracker })
  const server = createServer(toNodeListener(handler))
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => void attachLive(tracker, socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    for (const client of sockets.clients) client.terminate()
    sockets.close()
    server.close()
    server.closeAllConnections()
  }
  return { port, close }
}

const gapsIn = (text: string): number => text.split('"type":"gap"').length - 1

describe.skipIf(privateEngineAbsent !== '')('clients that stop reading their sockets', () => {
  const engine = new PrivateEngine()
  const closing: (() => void)[] = []
  beforeAll(() => engine.open(), 60_000)
  afterAll(async () => {
    for (const close of closing) close()
    await engine.close()
  }, 60_000)

  // The label names the workspace, so that renaming the container makes events of the engine and no new workspaces.
  const start = (i: number) => {
    const label = `${defaultWorkspaceLabel}=s${i}`
    const options = ['--network', 'none', '--name', `s${i}`, '--label', label]
    return engine.docker('run', '-d', ...options, image, 'sleep', '600')
  }

  it(
    'lose events and are told so, while the engine, the tracker and another client go on',
    { timeout: 120_000 },
    async () => {
      for (let i = 0; i < containers; i += 1) await start(i)
      const source = dockerSource({ host: `unix://${engine.socketPath}` })
      const monitor = new ResourceMonitor(source, { collectIntervalMs: 10 })
      const tracker = new Tracker(workspacesOf(source), source, { monitor })
      monitor.start()
      await tracker.start()
      const { port, close } = await serve(tracker)
      const overHttp: Socket = connect(port, '127.0.0.1')
      overHttp.write('GET /live HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n')
      await new Promise((resolve) => overHttp.once('data', resolve))
      overHttp.pause()
      const overWebSocket = new WebSocket(`ws://127.0.0.1:${port}/`)
      await new Promise((resolve) => overWebSocket.once('open', resolve))
      overWebSocket.pause()
      const healthy = new WebSocket(`ws://127.0.0.1:${port}/`)
      const numbers: number[] = []
      let healthyGaps = 0
      healthy.on('message', (data: Buffer) => {
        const message = parseWireMessage(data.toString())
        if (message.type === 'gap') healthyGaps += 1
        else if ('id' in message) numbers.push(message.seq)
      })
      closing.push(
        close,
        () => overHttp.destroy(),
        () => overWebSocket.terminate(),
        () => healthy.terminate(),
      )

      const before = process.memoryUsage()
      const delays: number[] = []
      const id = await engine.docker('inspect', '-f', '{{.Id}}', 's0')
      // Until the sockets' own buffers in the kernel are full, nobody stalls: some 10,000 events fill them.
      const enough = tracker.seq + 12_000
      for (let i = 0; i < bursts || tracker.seq < enough; i += 1) {
        const began = performance.now()
        await engine.post(`/containers/${id}/rename?name=renamed-${i}`)
        delays.push(performance.now() - began)
      }
      const grown = (process.memoryUsage().rss - before.rss) / 1e6
      const p75 = delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.75)] ?? 0
      console.info(
        `${tracker.seq} events; ${delays.length} renames, p75 ${p75.toFixed(1)} ms; resident memory grew by ${grown.toFixed(0)} MB`,
      )
      // A reader that stalls the engine makes each event past the first 1,274 take more than 100 ms.
      expect(p75).toBeLessThan(90)
      expect(grown).toBeLessThan(150)
      await engine.docker('pause', 's1')
      await until(
        'the tracker is up to date',
        () => tracker.getWorkspaceState('s1')?.containerState === 'paused',
        1000,
      )
      expect(healthyGaps).toBe(0)
      expect(numbers).toEqual(numbers.map((_, i) => i + (numbers[0] ?? 0)))
      expect(numbers.length).toBeGreaterThan(10_000)

      let [httpText, webSocketText] = ['', '']
      overHttp.on('data', (data) => (httpText += data.toString('latin1')))
      overWebSocket.on('message', (data: Buffer) => (webSocketText += data.toString()))
      overHttp.resume()
      overWebSocket.resume()
      await until(
        'both are told of the gap',
        () => gapsIn(httpText) > 0 && gapsIn(webSocketText) > 0,
        20_000,
      )
      await engine.docker('unpause', 's1')
      const isCurrent = (text: string) =>
        text.includes('container_state_changed_paused_to_running') ||
        text.includes('status_changed_inactive_to_active')
      await until(
        'both are current again',
        () => isCurrent(httpText) && isCurrent(webSocketText),
        20_000,
      )
      await tracker.stop()
      monitor.stop()
      source.close?.()
    },
  )
})
