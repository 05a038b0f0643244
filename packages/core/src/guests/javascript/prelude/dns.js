// node:dns and node:dgram: nothing can be looked up and nothing sent.
const EventEmitter = require('events')
const { nextTick } = require('timers')
const { lookupError, listenError, connectError, failLater } = require('network-off')

const kinds = ['', '4', '6', 'Any', 'Caa', 'Cname', 'Mx', 'Naptr', 'Ns', 'Ptr', 'Soa', 'Srv', 'Txt']
const queries = ['lookup', 'reverse', 'lookupService', ...kinds.map((kind) => `resolve${kind}`)]

const withCallback =
  () =>
  (name, ...rest) =>
    nextTick(require('errors').needFunction(rest.at(-1)), lookupError(String(name)))

const withPromise = () => async (name) => {
  throw lookupError(String(name))
}

const table = (make) => Object.fromEntries(queries.map((name) => [name, make()]))

class Resolver {
  constructor() {
    Object.assign(this, table(withCallback))
  }
}

const dnsPromises = { ...table(withPromise), getServers: () => [] }

const dns = {
  ...table(withCallback),
  Resolver,
  promises: dnsPromises,
  getServers: () => [],
  ADDRCONFIG: 32,
  NODATA: 'ENODATA',
  NOTFOUND: 'ENOTFOUND',
}

class DatagramSocket extends EventEmitter {
  bind(port = 0) {
    return failLater(this, listenError('0.0.0.0', typeof port === 'number' ? port : 0))
  }

  send(_message, ...rest) {
    const callback = rest.findLast((one) => typeof one === 'function')
    const [port, name] = [
      rest.find((one) => typeof one === 'number') ?? 0,
      rest.find((one) => typeof one === 'string') ?? '127.0.0.1',
    ]
    const error = connectError(name, port)
    if (callback === undefined) failLater(this, error)
    else nextTick(callback, error)
  }

  close(callback) {
    if (typeof callback === 'function') this.once('close', callback)
    nextTick(() => this.emit('close'))
    return this
  }
}

const dgram = { Socket: DatagramSocket, createSocket: () => new DatagramSocket() }

module.exports = { dns, dnsPromises, dgram }
