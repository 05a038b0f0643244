// The global object as programs expect it. Runs once, before the image is taken.
require('stack').install()
require('errors').adoptLoaderErrors()
const timers = require('timers')
const { process } = require('process')
const { Console } = require('console')
const { state } = require('state')

const define = (name, value) =>
  Object.defineProperty(globalThis, name, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  })

for (const name of [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
])
  define(name, timers[name])
define('process', process)
define('global', globalThis)
define('console', new Console(process.stdout, process.stderr))
Object.defineProperty(globalThis, Symbol.toStringTag, { value: 'global', configurable: true })

// The engine's clock began when the image was made; this one begins with the program.
define('performance', {
  now: () => host('monotonic') - state.startedAtMs,
  get timeOrigin() {
    return host('now') - this.now()
  },
  mark: () => {},
  measure: () => {},
  toJSON() {
    return { timeOrigin: this.timeOrigin }
  },
})

require('url-search').install()
require('intl').install()
require('dates').install()
define('TextDecoder', require('text-decoder').TextDecoder)
define('Buffer', require('buffer').Buffer)
for (const [name, value] of Object.entries(require('event-target'))) define(name, value)

const engineQueue = globalThis.queueMicrotask
define('queueMicrotask', (callback) => {
  require('errors').needFunction(callback)
  engineQueue(() => {
    try {
      callback()
    } catch (error) {
      timers.nextTick(() => {
        throw error
      })
    }
  })
})

for (const [name, value] of Object.entries(require('fetch-types'))) define(name, value)
define('fetch', require('network-off').fetch)
for (const [name, value] of Object.entries(require('blob'))) define(name, value)
require('promise-any').install()
