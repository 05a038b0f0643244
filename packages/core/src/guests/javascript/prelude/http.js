// node:http and node:https: requests and servers that fail as they do on a machine without a network.
const EventEmitter = require('events')
const { Readable, Writable } = require('stream')
const { net } = require('net')
const { connectError, failLater } = require('network-off')
const { statusCodes, methods } = require('http-names')
const { coded } = require('errors')

class IncomingMessage extends Readable {}

class OutgoingMessage extends Writable {
  #headers = new Map()

  setHeader(name, value) {
    this.#headers.set(String(name).toLowerCase(), value)
    return this
  }

  getHeader(name) {
    return this.#headers.get(String(name).toLowerCase())
  }

  getHeaders() {
    return Object.fromEntries(this.#headers)
  }

  hasHeader(name) {
    return this.#headers.has(String(name).toLowerCase())
  }

  removeHeader(name) {
    this.#headers.delete(String(name).toLowerCase())
  }

  // What is sent waits for a connection that never comes.
  _write() {}
}

class ServerResponse extends OutgoingMessage {}

const optionsOf = (args, protocol) => {
  const [first, second] = args
  if (typeof first !== 'string' && !(first instanceof URL)) return { protocol, ...first }
  const url = new URL(first)
  const own = { protocol: url.protocol, hostname: url.hostname, port: url.port }
  const given = typeof second === 'object' ? second : {}
  return { ...own, path: `${url.pathname}${url.search}`, ...given }
}

class ClientRequest extends OutgoingMessage {
  constructor(options, protocol, callback) {
    super()
    if (options.protocol !== protocol)
      throw coded(
        TypeError,
        'ERR_INVALID_PROTOCOL',
        `Protocol "${options.protocol}" not supported. Expected "${protocol}"`,
      )
    this.method = (options.method ?? 'GET').toUpperCase()
    this.path = options.path ?? '/'
    this.protocol = protocol
    this.host = options.hostname ?? options.host ?? 'localhost'
    for (const [name, value] of Object.entries(options.headers ?? {})) this.setHeader(name, value)
    if (typeof callback === 'function') this.once('response', callback)
    const port = options.port || (protocol === 'https:' ? 443 : 80)
    failLater(this, connectError(this.host, port))
  }

  abort() {
    this.destroy()
  }

  setTimeout() {
    return this
  }

  flushHeaders() {}
}

class Server extends net.Server {
  static event = 'request'

  closeAllConnections() {}
}

class Agent extends EventEmitter {
  constructor(options = {}) {
    super()
    this.options = { ...options }
    this.maxSockets = options.maxSockets ?? Infinity
  }

  destroy() {}
}

const moduleFor = (protocol) => {
  const request = (...args) => {
    const callback = args.findLast((one) => typeof one === 'function')
    return new ClientRequest(optionsOf(args, protocol), protocol, callback)
  }
  return {
    request,
    get: (...args) => {
      const made = request(...args)
      made.end()
      return made
    },
    createServer: (...args) => new Server(...args),
    Server,
    Agent,
    globalAgent: new Agent(),
  }
}

const http = {
  ...moduleFor('http:'),
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  ServerResponse,
  STATUS_CODES: statusCodes,
  METHODS: methods,
  maxHeaderSize: 16_384,
}

module.exports = { http, https: moduleFor('https:') }
