import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { SandboxLimits } from '../../src/index.ts'
import { createFakeEngine, type FakeProgram } from '../../src/testing/index.ts'
import { connectPeer, startServer, type Running } from '../support.ts'

const running: Running[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

const start = async (
  limits: Partial<SandboxLimits> = {},
  programs: Record<string, FakeProgram> = {},
): Promise<Running> => {
  const entry = await startServer({ limits, engines: [createFakeEngine({ programs })] })
  running.push(entry)
  return entry
}

/** The next honest client is served as if nothing had happened. */
const expectAlive = async ({ listener }: Running): Promise<void> => {
  const peer = await connectPeer(listener.url)
  expect((await peer.call('session.list')).result).toBeDefined()
  peer.socket.close()
}

/** A socket that has shaken hands and is then fed raw frames. */
const openRaw = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    `GET /ws/jsonrpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
  )
  await new Promise((resolve) => socket.once('data', resolve))
  return socket
}

const closedOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))

/** Code of the close frame the server sends. */
const closeCodeOf = (socket: Socket): Promise<number> =>
  new Promise((resolve) => {
    socket.on('data', (data) => {
      const at = data.indexOf(0x88)
      if (at !== -1) resolve(data.readUInt16BE(at + 2))
    })
  })

/** A masked frame, as clients must send. */
const toFrame = (opcode: number, payload: Buffer, final = true): Buffer =>
  Buffer.concat([
    Buffer.from([(final ? 0x80 : 0) | opcode, 0x80 | payload.length, 0, 0, 0, 0]),
    payload,
  ])

describe('frames', () => {
  test('10 MB of [ is refused fast, and the connection goes on', async () => {
    const entry = await start()
    const peer = await connectPeer(entry.listener.url)
    peer.sendText('['.repeat(10_000_000))
    expect((await peer.wait(({ error }) => error)).error.code).toBe(-32700)
    expect((await peer.call('session.list')).result.count).toBe(0)
  })

  test('a frame beyond the size is refused by its head, before its bytes are read', async () => {
    const entry = await start({ maxMessageBytes: 1000 })
    const socket = await openRaw(entry.listener.port)
    const code = closeCodeOf(socket)
    const head = Buffer.alloc(14)
    head[0] = 0x81
    head[1] = 0xff
    head.writeBigUInt64BE(2n ** 40n, 2)
    socket.write(head)
    expect(await code).toBe(1009)
    socket.destroy()
    await expectAlive(entry)
  })

  test('fragments that add up beyond the size are refused', async () => {
    const entry = await start({ maxMessageBytes: 1000 })
    const socket = await openRaw(entry.listener.port)
    const code = closeCodeOf(socket)
    for (let n = 0; n < 12; n++)
      socket.write(toFrame(n === 0 ? 1 : 0, Buffer.alloc(100, 0x20), false))
    expect(await code).toBe(1009)
    socket.destroy()
  })

  test('a message in frames of one byte, each in a packet of its own, is read', async () => {
    const entry = await start()
    const socket = await openRaw(entry.listener.port)
    socket.setNoDelay(true)
    const answer = new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString('latin1'))),
    )
    const text = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"session.list"}')
    for (const [at, byte] of text.entries())
      socket.write(toFrame(at === 0 ? 1 : 0, Buffer.of(byte), at === text.length - 1))
    expect(await answer).toContain('"count":0')
    socket.destroy()
  })

  test('endless fragments of nothing end the connection', async () => {
    const entry = await start()
    const socket = await openRaw(entry.listener.port)
    const closed = closedOf(socket)
    const code = closeCodeOf(socket)
    socket.write(toFrame(1, Buffer.alloc(0), false))
    socket.write(
      Buffer.concat(Array.from({ length: 20_000 }, () => toFrame(0, Buffer.of(0x20), false))),
    )
    expect(await Promise.race([code, closed.then(() => 0)])).toBe(1008)
    socket.destroy()
    await expectAlive(entry)
  })

  test('compression is not negotiated, so there is no bomb to inflate', async () => {
    const entry = await start()
    const peer = await connectPeer(entry.listener.url, { perMessageDeflate: true })
    expect(peer.socket.extensions).toBe('')
    const socket = await openRaw(entry.listener.port)
    const code = closeCodeOf(socket)
    socket.write(toFrame(0x41, Buffer.from('compressed')))
    expect(await code).toBe(1002)
    socket.destroy()
  })

  test.each([
    ['binary frames', toFrame(2, Buffer.from('{}')), 1003],
    ['text that is no UTF-8', toFrame(1, Buffer.of(0xff, 0xfe)), 1007],
    ['frames that are not masked', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
    [
      'control frames of the wrong size',
      Buffer.concat([Buffer.from([0x89, 0xfe, 0x00, 0x7e]), Buffer.alloc(130)]),
      1002,
    ],
  ])('%s end the connection', async (_what, frame, code) => {
    const entry = await start()
    const socket = await openRaw(entry.listener.port)
    const seen = closeCodeOf(socket)
    socket.write(frame)
    expect(await seen).toBe(code)
    socket.destroy()
    await expectAlive(entry)
  })
})

describe('connections', () => {
  test('a handshake that never ends is cut off', async () => {
    const entry = await start()
    const socket = connect(entry.listener.port, '127.0.0.1')
    socket.on('error', () => {})
    const closed = closedOf(socket)
    socket.write('GET /ws/jsonrpc HTTP/1.1\r\nHost: localhost\r\n')
    const drip = setInterval(() => socket.write('X-A: b\r\n'), 500)
    await closed
    clearInterval(drip)
  })

  test('one connection too many is closed with 1013', async () => {
    const entry = await start({ maxConnections: 2 })
    const peers = [await connectPeer(entry.listener.url), await connectPeer(entry.listener.url)]
    const third = await connectPeer(entry.listener.url)
    expect((await third.closed).code).toBe(1013)
    peers[0]?.socket.close()
    await peers[0]?.closed
    await expectAlive(entry)
  })

  test('sockets that vanish without a word leave nothing behind', async () => {
    const entry = await start()
    const peers = await Promise.all(
      Array.from({ length: 50 }, () => connectPeer(entry.listener.url)),
    )
    expect(entry.server.health().connections).toBe(50)
    for (const { socket } of peers) socket.terminate()
    await expect.poll(() => entry.server.health().connections).toBe(0)
  })
})

describe('a client that does not read', () => {
  /** Request `f`: a program that writes so many blocks of 64 KiB, with its output as notifications. */
  const streamedRequest = (sessionId: string, command: string, blocks: string): object => ({
    jsonrpc: '2.0',
    id: 'f',
    method: 'session.execute',
    params: { sessionId, command: { type: 'shell', command, args: [blocks], stream: true } },
  })
  const flood: FakeProgram = async ({ argv, write }) => {
    for (let n = 0; n < Number(argv[1]); n++) await write('stdout', 'x'.repeat(64 * 1024))
    return 0
  }

  test('holds back the program that floods it, and gets everything when it reads', async () => {
    let written = 0
    const counted: FakeProgram = (context) =>
      flood({
        ...context,
        write: async (stream, output) => {
          await context.write(stream, output)
          written += output.length
        },
      })
    const total = 24 * 1024 * 1024
    const entry = await start(
      {
        maxOutputBytes: 2 * total,
        outboundHighWaterBytes: 256 * 1024,
        maxOutboundBytes: 64 * 1024 * 1024,
      },
      { counted },
    )
    const peer = await connectPeer(entry.listener.url)
    const { sessionId } = (await peer.call('session.create', { language: 'python' })).result
    peer.socket.pause()
    peer.send(streamedRequest(sessionId, 'counted', String(total / 65536)))
    await expect.poll(() => written).toBeGreaterThan(0)
    let before = -1
    while (before !== written) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    // What fits into the sockets of the kernel is taken; the rest waits in the program.
    expect(written).toBeLessThan(total / 2)
    peer.socket.resume()
    const answer = await peer.wait(({ id }) => id === 'f')
    expect(answer.result.result.stdout).toHaveLength(total)
    expect(peer.received.at(-1)).toBe(answer)
    const streamed = peer.received.filter(({ method }) => method === 'session.output')
    expect(streamed.map(({ params }) => params.seq)).toEqual(streamed.map((_, at) => at))
    expect(streamed.reduce((sum, { params }) => sum + params.data.length, 0)).toBe(total)
  })

  test('is closed with 1013 and its commands are stopped when it never reads again', async () => {
    let stopped = false
    const watched: FakeProgram = (context) => {
      context.signal.addEventListener('abort', () => (stopped = true))
      return flood(context)
    }
    const entry = await start(
      { maxOutputBytes: 2 ** 30, outboundHighWaterBytes: 64 * 1024, stallTimeoutMs: 500 },
      { watched },
    )
    const peer = await connectPeer(entry.listener.url)
    const { sessionId } = (await peer.call('session.create', { language: 'python' })).result
    peer.socket.pause()
    peer.send(streamedRequest(sessionId, 'watched', '16384'))
    await expect.poll(() => stopped).toBe(true)
    peer.socket.resume()
    expect((await peer.closed).code).toBe(1013)
    await expect.poll(() => entry.server.health().connections).toBe(0)
    await expectAlive(entry)
  })

  test('cannot pile up answers without bound', async () => {
    const entry = await start({
      outboundHighWaterBytes: 2 ** 30,
      maxOutboundBytes: 4 * 1024 * 1024,
    })
    const peer = await connectPeer(entry.listener.url)
    const { sessionId } = (await peer.call('session.create', { language: 'python' })).result
    const execute = (command: object) => ({
      jsonrpc: '2.0',
      id: 'r',
      method: 'session.execute',
      params: { sessionId, command },
    })
    peer.send(execute({ type: 'write_file', path: 'f', content: 'x'.repeat(1024 * 1024) }))
    await peer.wait(({ id }) => id === 'r')
    peer.socket.pause()
    for (let n = 0; n < 60; n++) peer.send(execute({ type: 'read_file', path: 'f' }))
    // Turns of the loop that the server shares, not a time in which a busy machine may have run nothing.
    for (let turns = 0; turns < 100; turns += 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
    peer.socket.resume()
    expect((await peer.closed).code).toBe(1013)
    expect(peer.received.length).toBeLessThan(40)
    await expectAlive(entry)
  })

  test('and is not even there any more is dropped', async () => {
    const entry = await start(
      { maxOutputBytes: 2 ** 30, outboundHighWaterBytes: 64 * 1024, stallTimeoutMs: 500 },
      { flood },
    )
    const peer = await connectPeer(entry.listener.url)
    const { sessionId } = (await peer.call('session.create', { language: 'python' })).result
    peer.socket.pause()
    peer.send(streamedRequest(sessionId, 'flood', '16384'))
    await expect.poll(() => entry.server.health().connections).toBe(0)
    peer.socket.terminate()
  })
})
