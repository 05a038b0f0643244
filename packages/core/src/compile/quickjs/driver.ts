/**
 * The script inside the interpreter that stands between the module's exports and the functions of the source. It answers text: `=` and JSON,
 * `!` and why there is none, or `~` while the function waits for promises of the host. What the host answers reads alike.
 */
export const driver: string = `(function (isDebug, end, draw, sayBegun, askHost) {
  const { parse, stringify } = JSON
  const { entries } = Object
  const text = String
  // What the source does to prototypes is its own affair.
  const slice = Function.prototype.call.bind(String.prototype.slice)
  let functions = {}
  let current
  let outcome
  let answer
  let waiting = Object.create(null)
  let waits = 0
  let logs = ''
  const show = (value) => {
    if (typeof value === 'string') return value
    try { return stringify(value) ?? text(value) } catch { return text(value) }
  }
  const log = (...values) => {
    let line = ''
    for (let n = 0; n < values.length; n += 1) line += (n > 0 ? ' ' : '') + show(values[n])
    logs += (logs !== '' && end === '' ? '\\n' : '') + line + end
  }
  // The interpreter's own begins alike in every copy of its memory.
  const { random } = { random() { return draw() } }
  Object.defineProperty(Math, 'random', { value: random, writable: true, enumerable: false, configurable: true })
  globalThis.console = { log, info: log, debug: log, warn: log, error: log }
  const describe = (error) => {
    if (!(error instanceof Error)) return 'Thrown: ' + show(error)
    return isDebug ? error + '\\n' + error.stack : text(error)
  }
  const whenDone = (value, tell) => {
    if (typeof value?.then !== 'function') return tell({ value })
    value.then((value) => tell({ value }), (error) => tell({ error }))
  }
  // What an earlier call still waits for is not told to this one.
  const begin = () => {
    const mine = current = {}
    outcome = undefined
    waiting = Object.create(null)
    waits = 0
    return (told) => { if (current === mine) outcome = told }
  }
  const unpack = (said) => said === '' ? undefined : parse(said)
  const hostError = (message) => {
    const error = new Error(message)
    error.name = 'HostError'
    return error
  }
  const hostFunction = (module, name) => (...args) => {
    const said = askHost(stringify([module, name, args]))
    const rest = slice(said, 1)
    if (said[0] === '=') return unpack(rest)
    if (said[0] === '!') throw hostError(rest)
    waits += 1
    return new Promise((resolve, reject) => { waiting[rest] = { resolve, reject } })
  }
  const beginKey = Symbol.for('gaesup:begin')
  globalThis[beginKey] = () => {
    delete globalThis[beginKey]
    sayBegun()
  }
  const hostKey = Symbol.for('gaesup:host')
  if (askHost !== undefined) globalThis[hostKey] = hostFunction
  const operations = {
    bind(module) {
      whenDone(module, begin())
    },
    bound() {
      delete globalThis[hostKey]
      if (outcome === undefined) return '!The top level waits for something that never comes.'
      if ('error' in outcome) return '!' + describe(outcome.error) + '\\n' + (outcome.error?.stack ?? '')
      functions = outcome.value
      return '=' + stringify(entries(functions).filter(([, one]) => typeof one === 'function').map(([name, one]) => [name, one.length]))
    },
    call(name, json) {
      const tell = begin()
      whenDone(functions[name](...(json === '' ? [] : parse(json))), tell)
    },
    get(name) {
      whenDone(functions[name](), (told) => { answer = told })
    },
    set(name, json) {
      functions[name](unpack(json))
      answer = { value: undefined }
    },
    settle(name, json) {
      const [id, said] = parse(json)
      const one = waiting[id]
      if (one === undefined) return
      delete waiting[id]
      waits -= 1
      if (said[0] === '=') one.resolve(unpack(slice(said, 1)))
      else one.reject(hostError(slice(said, 1)))
    },
    take() {
      const told = answer ?? outcome
      answer = undefined
      if (told === undefined && waits > 0) return '~'
      if (told === undefined) return '!The function waits for something that never comes: nothing is left to run.'
      if ('error' in told) return '!' + describe(told.error)
      return '=' + (stringify(told.value) ?? '')
    },
    logs() {
      const said = logs
      logs = ''
      return said
    },
  }
  return (operation, name, json) => {
    try {
      return operations[operation](name, json) ?? ''
    } catch (error) {
      answer = { error }
      return '!' + describe(error)
    }
  }
})`
