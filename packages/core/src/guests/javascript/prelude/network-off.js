// Every use of the network fails with Node's own errors, which say that there is no network.
const { nextTick } = require('timers')

const reason = 'the network is off in this sandbox'
const isAddress = (name) => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || name.includes(':')

const networkError = (code, errno, text, details) =>
  Object.assign(new Error(`${text}: ${reason}`), { errno, code, ...details })

/** The error of a name that cannot be looked up. */
const lookupError = (hostname) =>
  networkError('EAI_AGAIN', -3001, `getaddrinfo EAI_AGAIN ${hostname}`, {
    syscall: 'getaddrinfo',
    hostname,
  })

/** The error of a connection: names cannot be looked up, addresses cannot be reached. */
const connectError = (hostname, port) => {
  const name = String(hostname || 'localhost').replace(/^\[|\]$/g, '')
  if (!isAddress(name) && name !== 'localhost') return lookupError(name)
  const address = name === 'localhost' ? '127.0.0.1' : name
  return networkError('ENETUNREACH', -101, `connect ENETUNREACH ${address}:${port}`, {
    syscall: 'connect',
    address,
    port: Number(port),
  })
}

const listenError = (address, port) =>
  networkError('EACCES', -13, `listen EACCES: permission denied ${address}:${port}`, {
    syscall: 'listen',
    address,
    port,
  })

/** Destroys a stream or tells an emitter, after the current turn, as a socket would. */
const failLater = (target, error) => {
  nextTick(() => {
    if (typeof target.destroy === 'function') target.destroy(error)
    else target.emit('error', error)
  })
  return target
}

const parsed = (input) => {
  try {
    return new URL(input)
  } catch (cause) {
    throw new TypeError(`Failed to parse URL from ${String(input)}`, { cause })
  }
}

const dataResponse = (url) => {
  const { Response } = require('fetch-types')
  const match = /^data:([^,]*?)(;base64)?,(.*)$/s.exec(url.href)
  if (match === null) throw new TypeError('fetch failed', { cause: new Error('invalid data: URL') })
  const text = decodeURIComponent(match[3])
  const body = match[2] === undefined ? text : require('bytes').encode(text, 'base64')
  const headers = { 'content-type': match[1] || 'text/plain;charset=US-ASCII' }
  return new Response(body, { headers })
}

/** `fetch`: `data:` URLs are answered, everything else is refused with the reason as the cause. */
const fetch = async (input, init = {}) => {
  const { Request } = require('fetch-types')
  const url = input instanceof Request ? new URL(input.url) : parsed(input)
  const request = input instanceof Request ? input : new Request(url, init)
  request.signal.throwIfAborted()
  if (url.protocol === 'data:') return dataResponse(url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError('fetch failed', { cause: new Error('not implemented... yet...') })
  const port = url.port || (url.protocol === 'https:' ? 443 : 80)
  throw new TypeError('fetch failed', { cause: connectError(url.hostname, port) })
}

module.exports = { lookupError, connectError, listenError, failLater, fetch }
