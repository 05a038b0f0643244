// Evaluated once, before any user code; gives back the only function that the host calls.
// oxlint-disable-next-line no-unused-expressions -- the host takes the value of this script
;(function (host, definitions) {
  'use strict'
  const loaded = Object.create(null)
  const { parse, stringify } = JSON

  class HostRefusal extends Error {
    constructor(code, message) {
      super(message || code)
      this.code = code
    }
  }

  /** Asks the host; answers are primitives or bytes, refusals become errors of this realm. */
  const call = (operation, ...args) => {
    const answer = host(operation, ...args)
    if (answer === null) throw new InternalError('out of memory')
    if (typeof answer !== 'string') return answer
    if (answer[0] === '=') return answer.slice(1)
    const end = answer.indexOf('\n')
    throw new HostRefusal(answer.slice(1, end), answer.slice(end + 1))
  }
  call.Refusal = HostRefusal

  const internalRequire = (name) => {
    const known = loaded[name]
    if (known !== undefined) return known.exports
    const define = definitions[name]
    if (define === undefined) throw new Error(`no internal module ${name}`)
    const module = { exports: {} }
    loaded[name] = module
    define(module.exports, internalRequire, module, call)
    return module.exports
  }

  const { builtins } = internalRequire('builtins')
  internalRequire('globals')
  const operations = internalRequire('entry')

  return function entry(operation, ...args) {
    if (operation === 'builtins') {
      return stringify(Object.keys(builtins).map((name) => [name, Object.keys(builtins[name]())]))
    }
    const text = args[0]
    if (operation === 'start') return operations.start(parse(text))
    return operations[operation](...args)
  }
})
