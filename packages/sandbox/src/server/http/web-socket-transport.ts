import type { RawData, WebSocket } from 'ws'
import type { Clock, ServerTransport, TransportListener } from '../../ports.ts'

const PING_MS = 20_000
const CLOSE_UNSUPPORTED_DATA = 1003
/** How long a client may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 5000

const toText = (data: RawData): string => {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8')
}

/** Ends a connection whose client does not answer a ping until the next one. A paused client is not asked. */
const keepAlive = (socket: WebSocket, clock: Clock): (() => void) => {
  let answered = true
  let disarm = (): void => {}
  const onPong = (): void => {
    answered = true
  }
  const tick = (): void => {
    if (!answered && !socket.isPaused) return socket.terminate()
    if (!socket.isPaused) {
      answered = false
      socket.ping()
    }
    disarm = clock.schedule(PING_MS, tick)
  }
  disarm = clock.schedule(PING_MS, tick)
  socket.on('pong', onPong)
  return () => disarm()
}

/** A WebSocket as a transport: text frames only, ping every 20 s. */
export const createWebSocketTransport = (socket: WebSocket, clock: Clock): ServerTransport => {
  let listener: TransportListener | undefined
  const stopPings = keepAlive(socket, clock)
  let disarmClose = (): void => {}
  const close = (code: number, reason: string): void => {
    socket.close(code, reason)
    disarmClose()
    disarmClose = clock.schedule(CLOSE_TIMEOUT_MS, () => socket.terminate())
  }
  socket.on('message', (data, isBinary) => {
    if (isBinary) close(CLOSE_UNSUPPORTED_DATA, 'Send JSON-RPC as text.')
    else listener?.onText(toText(data))
  })
  // ws closes the socket itself after an error; the close event below ends the connection.
  socket.on('error', () => {})
  socket.on('close', () => {
    stopPings()
    disarmClose()
    listener?.onClose()
  })
  return {
    send: (text, onFlushed) => {
      if (socket.readyState === socket.OPEN) socket.send(text, () => onFlushed())
      else onFlushed()
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close,
    terminate: () => socket.terminate(),
    listen: (next) => {
      listener = next
    },
  }
}
