// Request and Response, as fetch-style handlers use them.
const { encode } = require('bytes')
const decoder = new TextDecoder()

const bytesOf = (body) => {
  if (body === null || body === undefined) return undefined
  if (body instanceof URLSearchParams) return encode(String(body))
  return typeof body === 'string' || body instanceof ArrayBuffer || ArrayBuffer.isView(body)
    ? encode(body)
    : encode(String(body))
}

const typeOf = (body) => {
  if (typeof body === 'string') return 'text/plain;charset=UTF-8'
  return body instanceof URLSearchParams
    ? 'application/x-www-form-urlencoded;charset=UTF-8'
    : undefined
}

class Body {
  #bytes
  #used = false

  constructor(body) {
    this.#bytes = bytesOf(body)
  }

  get bodyUsed() {
    return this.#used
  }

  get body() {
    return this.#bytes === undefined ? null : this.#bytes
  }

  #take() {
    if (this.#used) throw new TypeError('Body is unusable: Body has already been read')
    this.#used = this.#bytes !== undefined
    return this.#bytes ?? new Uint8Array(0)
  }

  async text() {
    return decoder.decode(this.#take())
  }

  async json() {
    return JSON.parse(decoder.decode(this.#take()))
  }

  async bytes() {
    return new Uint8Array(this.#take())
  }

  async arrayBuffer() {
    return new Uint8Array(this.#take()).slice().buffer
  }
}

const withType = (headers, body) => {
  const type = typeOf(body)
  if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type)
  return headers
}

class Request extends Body {
  constructor(input, init = {}) {
    const from = input instanceof Request ? input : undefined
    super(init.body ?? from?.body)
    this.url = from?.url ?? new URL(String(input)).href
    this.method = (init.method ?? from?.method ?? 'GET').toUpperCase()
    this.headers = withType(new Headers(init.headers ?? from?.headers), init.body)
    this.signal = init.signal ?? from?.signal ?? new AbortController().signal
  }

  clone() {
    return new Request(this)
  }
}

class Response extends Body {
  constructor(body, init = {}) {
    super(body)
    const status = init.status ?? 200
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.')
    this.status = status
    this.statusText = init.statusText ?? ''
    this.headers = withType(new Headers(init.headers), body)
  }

  get ok() {
    return this.status >= 200 && this.status < 300
  }

  clone() {
    return new Response(this.body, this)
  }

  static json(value, init = {}) {
    const headers = new Headers(init.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new Response(JSON.stringify(value), { ...init, headers })
  }

  static redirect(url, status = 302) {
    return new Response(null, { status, headers: { location: String(url) } })
  }
}

module.exports = { Request, Response }
