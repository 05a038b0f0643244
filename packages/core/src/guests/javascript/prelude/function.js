// A long-lived function: loaded once, invoked many times.
const { Request, Response } = require('fetch-types')
const { stackOf, userFrames } = require('stack')
const { inspect } = require('inspect')
const { encode, decode } = require('bytes')

let handler

const isFunction = (value) => typeof value === 'function'

/** Finds what answers requests among the exports of the code. */
const pick = (exports) => {
  const main = exports?.default ?? exports
  for (const owner of [main, exports, main?.default]) {
    if (owner === null || owner === undefined) continue
    if (isFunction(owner.fetch))
      return (request) => owner.fetch(toRequest(request), {}, { waitUntil: () => {} })
    if (isFunction(owner.handler))
      return callEvent((event, context) => owner.handler(event, context))
    if (isFunction(owner)) return callEvent((event, context) => owner(event, context))
  }
  throw new TypeError(
    'The function exports no handler. Export one: export default function (event, context) { … }, export function handler(event, context) { … }, or export default { fetch(request) { … } }',
  )
}

const toRequest = ({ method, path, headers, bytes }) => {
  const host_ = headers.host ?? 'localhost'
  return new Request(`http://${host_}${path}`, { method, headers, body: bytes })
}

const eventOf = (text) => {
  if (text === undefined || text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const callEvent =
  (run) =>
  ({ method, path, headers, bytes }) => {
    const body = bytes === undefined ? undefined : decode(bytes, 'utf8')
    return run(eventOf(body), { request: { method, path, headers, body } })
  }

const load = (exports) => {
  handler = pick(exports)
}

/** Takes the promise of the code's module; the host waits until it is settled. */
const adoptModule = (promise) => {
  promise.then(load).then(() => host('function.loaded'), fail)
}

/** Runs the code as a CommonJS script and takes what it exports; 'module' when it does not parse as one. */
const adoptScript = (code, filename) => {
  const { Module, compile } = require('modules')
  const module = new Module(filename, undefined)
  try {
    compile(code, filename)
  } catch {
    require('stack').wrapped.delete(filename)
    return 'module'
  }
  try {
    module._compile(code, filename)
    load(module.exports)
    host('function.loaded')
  } catch (error) {
    fail(error)
  }
  return 'done'
}

const errorText = (error) => {
  try {
    return error instanceof Error
      ? inspect(error, { breakLength: 80 })
      : `Uncaught ${inspect(error)}`
  } catch {
    return userFrames(stackOf(error))
  }
}

const fail = (error) =>
  host(
    'function.failed',
    errorText(error),
    error instanceof InternalError && error.message === 'out of memory',
  )

const plainHeaders = (headers) => {
  const list = headers instanceof Headers ? [...headers] : Object.entries(headers ?? {})
  return list.map(([name, value]) => [
    String(name),
    Array.isArray(value) ? value.join(', ') : String(value),
  ])
}

const send = (status, headers, body) => {
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const isText = typeof body === 'string'
  const isBytes =
    body instanceof Uint8Array || body instanceof ArrayBuffer || ArrayBuffer.isView(body)
  const isEmpty = body === undefined || body === null
  const type =
    isBytes || isEmpty ? undefined : isText ? 'text/plain; charset=utf-8' : 'application/json'
  if (type !== undefined && !names.has('content-type')) headers.push(['content-type', type])
  const bytes = isEmpty
    ? new Uint8Array(0)
    : isBytes
      ? new Uint8Array(encode(body))
      : encode(isText ? body : JSON.stringify(body))
  host('function.answer', status, JSON.stringify(headers), bytes)
}

const isObject = (value) => value !== null && typeof value === 'object'

const answer = async (result) => {
  if (result instanceof Response)
    return send(result.status, plainHeaders(result.headers), await result.bytes())
  if (result instanceof ArrayBuffer || ArrayBuffer.isView(result))
    return send(200, [['content-type', 'application/octet-stream']], result)
  const status = isObject(result) ? (result.statusCode ?? result.status) : undefined
  if (!Number.isInteger(status))
    return send(200, [['content-type', 'application/json']], JSON.stringify(result) ?? 'null')
  const body = result.isBase64Encoded === true ? encode(result.body, 'base64') : result.body
  return send(status, plainHeaders(result.headers), body)
}

/** Begins to answer one request; the host waits for `function.answer` or `function.failed`. */
const invoke = (text, bytes) => {
  const request = { ...JSON.parse(text), bytes }
  new Promise((resolve) => {
    resolve(handler(request))
  })
    .then(answer)
    .catch(fail)
}

module.exports = { adoptModule, adoptScript, invoke }
