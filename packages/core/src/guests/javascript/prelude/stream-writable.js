// Writable streams.
const EventEmitter = require('events')
const { nextTick } = require('timers')
const { coded, invalidArgument } = require('errors')

class Writable extends EventEmitter {
  constructor(options = {}) {
    super()
    Writable.begin(this, options)
  }

  static begin(stream, options) {
    const objectMode = options.objectMode === true || options.writableObjectMode === true
    const state = {
      queue: [],
      busy: false,
      ended: false,
      finished: false,
      objectMode,
      length: 0,
      decodeStrings: options.decodeStrings !== false,
      highWaterMark:
        options.writableHighWaterMark ?? options.highWaterMark ?? (objectMode ? 16 : 65_536),
      needDrain: false,
      corked: 0,
      autoDestroy: options.autoDestroy !== false,
    }
    Object.defineProperty(stream, '_writableState', { value: state, enumerable: false })
    for (const name of ['write', 'writev', 'final', 'destroy'])
      if (typeof options[name] === 'function') stream[`_${name}`] = options[name]
  }

  get writable() {
    return !this._writableState.ended && !this.destroyed
  }

  get writableEnded() {
    return this._writableState.ended
  }

  get writableFinished() {
    return this._writableState.finished
  }

  get writableLength() {
    return this._writableState.length
  }

  get writableHighWaterMark() {
    return this._writableState.highWaterMark
  }

  get writableObjectMode() {
    return this._writableState.objectMode
  }

  get writableNeedDrain() {
    return this._writableState.needDrain
  }

  write(chunk, encoding, callback) {
    const state = this._writableState
    const done = typeof encoding === 'function' ? encoding : callback
    if (chunk === null)
      throw coded(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream')
    if (!state.objectMode && typeof chunk !== 'string' && !(chunk instanceof Uint8Array))
      throw invalidArgument(
        'chunk',
        'of type string or an instance of Buffer, TypedArray, or DataView',
        chunk,
      )
    if (state.ended) {
      const error = coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
      nextTick(() => {
        done?.(error)
        this.destroy(error)
      })
      return false
    }
    if (this.destroyed) return false
    const kind = typeof encoding === 'string' ? encoding : 'utf8'
    const data =
      typeof chunk === 'string' && !state.objectMode && state.decodeStrings
        ? require('buffer').Buffer.from(chunk, kind)
        : chunk
    const size = state.objectMode ? 1 : data.length
    state.queue.push({ data, encoding: typeof data === 'string' ? kind : 'buffer', done, size })
    state.length += size
    state.needDrain = state.length >= state.highWaterMark
    this._pump()
    return !state.needDrain
  }

  _pump() {
    const state = this._writableState
    if (state.busy || state.corked > 0 || this.destroyed) return
    const next = state.queue.shift()
    if (next === undefined) {
      if (state.ended && !state.finishing) this._complete()
      return
    }
    state.busy = true
    let inCall = true
    const after = (error) => {
      state.busy = false
      state.length -= next.size
      next.done?.(error ?? null)
      if (error) {
        this.destroy(error)
        return
      }
      if (state.needDrain && state.length === 0) {
        state.needDrain = false
        if (!state.ended) this.emit('drain')
      }
      this._pump()
    }
    this._write(next.data, next.encoding, (error) =>
      inCall ? nextTick(after, error) : after(error),
    )
    inCall = false
  }

  _write(_chunk, _encoding, done) {
    done(coded(Error, 'ERR_METHOD_NOT_IMPLEMENTED', 'The _write() method is not implemented'))
  }

  _complete() {
    const state = this._writableState
    state.finishing = true
    const finish = (error) => {
      if (error) {
        this.destroy(error)
        return
      }
      state.finished = true
      this.emit('finish')
      if (
        state.autoDestroy &&
        (this._readableState === undefined || this._readableState.endEmitted)
      )
        this.destroy()
    }
    if (typeof this._final === 'function') this._final((error) => nextTick(finish, error))
    else nextTick(finish)
  }

  end(chunk, encoding, callback) {
    const done = [chunk, encoding, callback].find((one) => typeof one === 'function')
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function')
      this.write(chunk, typeof encoding === 'string' ? encoding : undefined)
    if (done !== undefined) this.once('finish', done)
    this._writableState.corked = 0
    this._writableState.ended = true
    this._pump()
    return this
  }

  cork() {
    this._writableState.corked += 1
  }

  uncork() {
    this._writableState.corked = Math.max(0, this._writableState.corked - 1)
    this._pump()
  }

  setDefaultEncoding() {
    return this
  }

  destroy(error) {
    return destroy(this, error)
  }

  async [Symbol.asyncDispose]() {
    this.destroy()
  }
}

/** Ends a stream of any kind at once; `error` and `close` come after the current turn. */
const destroy = (stream, error) => {
  if (stream.destroyed) return stream
  stream.destroyed = true
  const close = (late) => {
    const shown = late ?? error
    nextTick(() => {
      if (shown) stream.emit('error', shown)
      stream.emit('close')
    })
  }
  if (typeof stream._destroy === 'function') stream._destroy(error ?? null, close)
  else close()
  return stream
}

module.exports = { Writable, destroy }
