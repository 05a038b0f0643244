// node:net and node:tls: sockets that fail as they do on a machine without a network.
const EventEmitter = require('events')
const { Duplex } = require('stream')
const { connectError, listenError, failLater } = require('network-off')

const isIPv4 = (text) =>
  /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(String(text))

const isIPv6 = (text) => {
  const parts = String(text).split('%')[0]
  try {
    return parts.includes(':') && new URL(`http://[${parts}]/`).hostname !== ''
  } catch {
    return false
  }
}

const targetOf = (args) => {
  const [first, second] = args
  if (typeof first === 'object' && first !== null)
    return { host: first.host ?? 'localhost', port: first.port, path: first.path }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first }
  return { host: typeof second === 'string' ? second : 'localhost', port: Number(first) }
}

class Socket extends Duplex {
  constructor(options) {
    super(options)
    this.connecting = false
  }

  connect(...args) {
    const { host: name, port, path } = targetOf(args)
    this.connecting = true
    const listener = args.at(-1)
    if (typeof listener === 'function') this.once('connect', listener)
    return failLater(this, connectError(path === undefined ? name : '127.0.0.1', port ?? 0))
  }

  _read() {}

  // What is written before the connection stands waits for it.
  _write() {}

  setTimeout() {
    return this
  }

  setNoDelay() {
    return this
  }

  setKeepAlive() {
    return this
  }

  ref() {
    return this
  }

  unref() {
    return this
  }
}

class Server extends EventEmitter {
  constructor(options, listener) {
    super()
    const given = typeof options === 'function' ? options : listener
    if (given !== undefined) this.on(this.constructor.event, given)
    this.listening = false
  }

  static event = 'connection'

  listen(...args) {
    const { host: name, port } = targetOf(args)
    const address = typeof args[1] === 'string' ? name : '0.0.0.0'
    return failLater(this, listenError(address, port ?? 0))
  }

  address() {
    return null
  }

  close(callback) {
    const { coded } = require('errors')
    const error = coded(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.')
    if (typeof callback === 'function') require('timers').nextTick(callback, error)
    return this
  }

  ref() {
    return this
  }

  unref() {
    return this
  }
}

const connect = (...args) => new Socket().connect(...args)

const net = {
  Socket,
  Stream: Socket,
  Server,
  connect,
  createConnection: connect,
  createServer: (...args) => new Server(...args),
  isIP: (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0),
  isIPv4,
  isIPv6,
}

class TLSSocket extends Socket {}

const tls = {
  TLSSocket,
  connect: (...args) => new TLSSocket().connect(...args),
  createServer: (...args) => new Server(...args),
  DEFAULT_MIN_VERSION: 'TLSv1.2',
  DEFAULT_MAX_VERSION: 'TLSv1.3',
}

module.exports = { net, tls }
