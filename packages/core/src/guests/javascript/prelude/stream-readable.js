// Readable streams.
const EventEmitter = require('events')
const { nextTick } = require('timers')
const { destroy } = require('stream-writable')
const { coded } = require('errors')
const { operatorsWith, fromWith } = require('stream-operators')

const bufferOf = (chunk, encoding) =>
  typeof chunk === 'string'
    ? require('buffer').Buffer.from(chunk, encoding)
    : chunk instanceof Uint8Array
      ? require('buffer').Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : chunk

class Readable extends EventEmitter {
  constructor(options = {}) {
    super()
    const objectMode = options.objectMode === true || options.readableObjectMode === true
    const state = {
      queue: [],
      length: 0,
      flowing: null,
      ended: false,
      endEmitted: false,
      reading: false,
      objectMode,
      decoder: undefined,
      scheduled: false,
      highWaterMark:
        options.readableHighWaterMark ?? options.highWaterMark ?? (objectMode ? 16 : 65_536),
      pipes: [],
    }
    Object.defineProperty(this, '_readableState', { value: state, enumerable: false })
    if (typeof options.read === 'function') this._read = options.read
    if (typeof options.destroy === 'function') this._destroy = options.destroy
    if (options.encoding !== undefined && options.encoding !== null)
      this.setEncoding(options.encoding)
  }

  get readable() {
    return !this.destroyed && !this._readableState.endEmitted
  }

  get readableEnded() {
    return this._readableState.endEmitted
  }

  get readableFlowing() {
    return this._readableState.flowing
  }

  get readableLength() {
    return this._readableState.length
  }

  get readableObjectMode() {
    return this._readableState.objectMode
  }

  get readableHighWaterMark() {
    return this._readableState.highWaterMark
  }

  setEncoding(encoding) {
    const { StringDecoder } = require('string-decoder')
    this._readableState.decoder = new StringDecoder(encoding)
    return this
  }

  _read() {
    throw coded(Error, 'ERR_METHOD_NOT_IMPLEMENTED', 'The _read() method is not implemented')
  }

  push(chunk, encoding) {
    const state = this._readableState
    state.reading = false
    if (chunk === null) {
      const rest = state.decoder?.end()
      if (rest) this._store(rest)
      state.ended = true
    } else if (state.ended) {
      this.destroy(coded(Error, 'ERR_STREAM_PUSH_AFTER_EOF', 'stream.push() after EOF'))
      return false
    } else {
      const data = state.objectMode ? chunk : bufferOf(chunk, encoding)
      this._store(
        state.decoder !== undefined && !state.objectMode ? state.decoder.write(data) : data,
      )
    }
    this._schedule()
    return state.length < state.highWaterMark
  }

  _store(data) {
    const state = this._readableState
    if (!state.objectMode && data.length === 0) return
    state.queue.push(data)
    state.length += state.objectMode ? 1 : data.length
  }

  unshift(chunk) {
    const state = this._readableState
    state.queue.unshift(state.objectMode ? chunk : bufferOf(chunk))
    state.length += state.objectMode ? 1 : chunk.length
  }

  _take() {
    const state = this._readableState
    const data = state.queue.shift()
    state.length -= state.objectMode ? 1 : data.length
    return data
  }

  read(size) {
    const state = this._readableState
    if (state.queue.length === 0) {
      this._ask()
      if (state.queue.length === 0) {
        if (state.ended) this._end()
        return null
      }
    }
    if (state.objectMode) return this._after(this._take())
    if (size === undefined || size >= state.length) {
      const parts = state.queue.splice(0)
      state.length = 0
      return this._after(
        typeof parts[0] === 'string' ? parts.join('') : require('buffer').Buffer.concat(parts),
      )
    }
    const all =
      typeof state.queue[0] === 'string'
        ? state.queue.join('')
        : require('buffer').Buffer.concat(state.queue)
    state.queue = [all.slice(size)]
    state.length -= size
    return this._after(all.slice(0, size))
  }

  _after(data) {
    this._schedule()
    return data
  }

  _ask() {
    const state = this._readableState
    if (state.reading || state.ended || this.destroyed || state.length >= state.highWaterMark)
      return
    state.reading = true
    try {
      this._read(state.highWaterMark)
    } catch (error) {
      this.destroy(error)
    }
  }

  _schedule() {
    const state = this._readableState
    if (state.scheduled) return
    state.scheduled = true
    nextTick(() => {
      state.scheduled = false
      this._flow()
    })
  }

  _flow() {
    const state = this._readableState
    if (this.destroyed) return
    while (state.flowing && state.queue.length > 0 && !this.destroyed)
      this.emit('data', this._take())
    if (
      state.flowing === null &&
      (state.queue.length > 0 || state.ended) &&
      this.listenerCount('readable') > 0
    )
      this.emit('readable')
    if (
      state.queue.length === 0 &&
      state.ended &&
      (state.flowing || this.listenerCount('readable') > 0)
    )
      this._end()
    else if (state.flowing || this.listenerCount('readable') > 0) this._ask()
  }

  _end() {
    const state = this._readableState
    if (state.endEmitted) return
    state.endEmitted = true
    nextTick(() => {
      this.emit('end')
      if (this._writableState === undefined || this._writableState.finished) this.destroy()
    })
  }

  on(event, listener) {
    super.on(event, listener)
    if (event === 'data' && this._readableState.flowing !== false) this.resume()
    if (event === 'readable') this._schedule()
    return this
  }

  addListener(event, listener) {
    return this.on(event, listener)
  }

  resume() {
    this._readableState.flowing = true
    this._schedule()
    return this
  }

  pause() {
    this._readableState.flowing = false
    this.emit('pause')
    return this
  }

  isPaused() {
    return this._readableState.flowing === false
  }

  pipe(target, options) {
    const write = (chunk) => {
      if (target.write(chunk) !== false) return
      this.pause()
      target.once('drain', () => this.resume())
    }
    this._readableState.pipes.push([target, write])
    if (options?.end !== false && !isStandard(target)) this.once('end', () => target.end())
    target.emit('pipe', this)
    this.on('data', write)
    return target
  }

  unpipe(target) {
    for (const [one, write] of this._readableState.pipes)
      if (target === undefined || one === target) this.off('data', write)
    return this
  }

  destroy(error) {
    return destroy(this, error)
  }
}

Readable.from = fromWith(Readable)
const operators = operatorsWith(Readable.from)
for (const name of Reflect.ownKeys(operators))
  Object.defineProperty(Readable.prototype, name, {
    value: operators[name],
    writable: true,
    configurable: true,
    enumerable: false,
  })

const isStandard = (target) =>
  target === require('process').process.stdout || target === require('process').process.stderr

module.exports = { Readable }
