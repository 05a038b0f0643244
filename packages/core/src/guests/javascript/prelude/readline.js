// node:readline over streams.
const EventEmitter = require('events')
const { AbortError } = require('errors')

class Interface extends EventEmitter {
  constructor(input, output) {
    super()
    const options = input?.input === undefined ? { input, output } : input
    this.input = options.input
    this.output = options.output
    this.terminal = false
    this.closed = false
    this.line = ''
    this._prompt = options.prompt ?? '> '
    this._questions = []
    this._lines = []
    let rest = ''
    const { StringDecoder } = require('string-decoder')
    const decoder = new StringDecoder('utf8')
    const take = (text) => {
      const parts = (rest + text).split(/\r\n|\n|\r(?!$)/)
      rest = parts.pop()
      for (const part of parts) this._give(part)
    }
    this.input?.on('data', (chunk) =>
      take(typeof chunk === 'string' ? chunk : decoder.write(chunk)),
    )
    this.input?.on('end', () => {
      take(decoder.end())
      if (rest !== '') this._give(rest)
      rest = ''
      this._ended = true
      if (!this._paused) this._finish()
    })
  }

  _give(line) {
    const question = this._questions.shift()
    if (question !== undefined) question(line)
    else if (this._paused || (this.listenerCount('line') === 0 && this._wantsLines))
      this._lines.push(line)
    else if (this.listenerCount('line') === 0) this._lines.push(line)
    else this.emit('line', line)
  }

  _finish() {
    if (this._lines.length === 0 || this.listenerCount('line') > 0) this.close()
  }

  on(event, listener) {
    super.on(event, listener)
    if (event === 'line') for (const line of this._lines.splice(0)) this.emit('line', line)
    return this
  }

  question(query, options, callback) {
    const done = typeof options === 'function' ? options : callback
    this.output?.write(query)
    const ready = this._lines.shift()
    if (ready !== undefined) done(ready)
    else if (!this.closed) this._questions.push(done)
  }

  setPrompt(prompt) {
    this._prompt = prompt
  }

  getPrompt() {
    return this._prompt
  }

  prompt() {
    this.output?.write(this._prompt)
  }

  write() {}

  pause() {
    this._paused = true
    this.input?.pause()
    this.emit('pause')
    return this
  }

  resume() {
    this._paused = false
    this.input?.resume()
    this.emit('resume')
    for (const line of this._lines.splice(0)) this._give(line)
    return this
  }

  close() {
    if (this.closed) return
    this.closed = true
    this.input?.pause()
    this.emit('close')
  }

  [Symbol.dispose]() {
    this.close()
  }

  async *[Symbol.asyncIterator]() {
    this._wantsLines = true
    let wake = () => {}
    const waiting = this._lines.splice(0)
    super.on('line', (line) => {
      waiting.push(line)
      wake()
    })
    super.on('close', () => wake())
    for (;;) {
      if (waiting.length > 0) yield waiting.shift()
      else if (this.closed || this._ended) return
      else
        await new Promise((resolve) => {
          wake = resolve
        })
    }
  }
}

const createInterface = (input, output) => new Interface(input, output)

class PromiseInterface extends Interface {
  question(query, options) {
    return new Promise((resolve, reject) => {
      options?.signal?.addEventListener('abort', () =>
        reject(new AbortError(options.signal.reason)),
      )
      super.question(query, resolve)
    })
  }
}

const readline = {
  Interface,
  createInterface,
  clearLine: () => true,
  clearScreenDown: () => true,
  cursorTo: () => true,
  moveCursor: () => true,
  emitKeypressEvents: () => {},
  promises: {
    Interface: PromiseInterface,
    createInterface: (input, output) => new PromiseInterface(input, output),
  },
}

module.exports = readline
