// node:stream, the part that programs over files and standard input use.
const EventEmitter = require('events')
const { Writable } = require('stream-writable')
const { Readable } = require('stream-readable')
const { nextTick } = require('timers')
const { process } = require('process')
const { coded, needFunction, AbortError } = require('errors')

class Duplex extends Readable {
  constructor(options = {}) {
    super(options)
    Writable.begin(this, options)
  }
}
for (const name of Object.getOwnPropertyNames(Writable.prototype)) {
  if (name === 'constructor' || Object.hasOwn(Readable.prototype, name)) continue
  Object.defineProperty(
    Duplex.prototype,
    name,
    Object.getOwnPropertyDescriptor(Writable.prototype, name),
  )
}
Object.defineProperty(Writable, Symbol.hasInstance, {
  value: (value) =>
    Function.prototype[Symbol.hasInstance].call(Writable, value) ||
    Function.prototype[Symbol.hasInstance].call(Duplex, value),
})

class Transform extends Duplex {
  constructor(options = {}) {
    super(options)
    if (options.transform !== undefined) this._transform = options.transform
    if (options.flush !== undefined) this._flush = options.flush
  }

  _write(chunk, encoding, done) {
    this._transform(chunk, encoding, (error, value) => {
      if (error) return done(error)
      if (value !== undefined && value !== null) this.push(value)
      return done()
    })
  }

  _final(done) {
    const finish = (error, value) => {
      if (error) return done(error)
      if (value !== undefined && value !== null) this.push(value)
      this.push(null)
      return done()
    }
    if (this._flush === undefined) finish()
    else this._flush(finish)
  }

  _read() {}
}

class PassThrough extends Transform {
  _transform(chunk, _encoding, done) {
    done(null, chunk)
  }
}

const finished = (stream, options, given) => {
  const callback = needFunction(given ?? options)
  let done = false
  const settle = (error) => {
    if (done) return
    done = true
    callback(error)
  }
  const isReadable = stream instanceof Readable
  const isWritable = stream instanceof Writable
  let waiting = Number(isReadable) + Number(isWritable)
  const one = () => {
    waiting -= 1
    if (waiting <= 0) settle()
  }
  const watch = (isOver, event) => {
    if (isOver) nextTick(one)
    else stream.once(event, one)
  }
  if (isReadable) watch(stream.readableEnded, 'end')
  if (isWritable) watch(stream.writableFinished, 'finish')
  stream.once('error', settle)
  stream.once('close', () =>
    settle(waiting > 0 ? coded(Error, 'ERR_STREAM_PREMATURE_CLOSE', 'Premature close') : undefined),
  )
  return () => {
    done = true
  }
}

const asStage = (stage, before) => {
  if (typeof stage === 'function') {
    const made = stage(before)
    return typeof made?.then === 'function' ? { promise: made } : Readable.from(made)
  }
  return before === undefined && !(stage instanceof EventEmitter) ? Readable.from(stage) : stage
}

const pipeline = (...args) => {
  const callback = needFunction(args.pop(), 'streams[stream.length - 1]')
  const stages = args.flat()
  let failed = false
  const end = (error, value) => {
    if (failed) return
    failed = error !== undefined
    if (failed) for (const stage of made) stage.destroy?.(error)
    if (failed || error === undefined) callback(error, value)
  }
  const made = []
  let before
  for (const stage of stages) {
    const current = asStage(stage, before)
    if (current.promise !== undefined) {
      current.promise.then((value) => end(undefined, value), end)
      return before
    }
    if (before !== undefined && typeof stage !== 'function') before.pipe(current)
    current.once('error', end)
    made.push(current)
    before = current
  }
  // Standard output is never ended, so the stage before it tells when all is done.
  const tail = before === process.stdout || before === process.stderr ? made.at(-2) : before
  finished(tail, (error) => end(error))
  if (!(before instanceof Writable)) before.resume()
  return before
}

const promises = {
  finished: (stream) =>
    new Promise((resolve, reject) => {
      finished(stream, (error) => (error ? reject(error) : resolve()))
    }),
  pipeline: (...args) => {
    const options = args.at(-1)?.signal === undefined ? undefined : args.pop()
    return new Promise((resolve, reject) => {
      const last = pipeline(...args, (error, value) => (error ? reject(error) : resolve(value)))
      options?.signal.addEventListener('abort', () =>
        last.destroy(new AbortError(options.signal.reason)),
      )
    })
  },
}

class Stream extends EventEmitter {}
Object.assign(Stream, {
  Stream,
  Readable,
  Writable,
  Duplex,
  Transform,
  PassThrough,
  pipeline,
  finished,
  promises,
})

module.exports = Stream
