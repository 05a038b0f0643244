// The core modules, each made at its first use.
const { coded, absent } = require('errors')

const builtins = {
  assert: () => require('assert'),
  'assert/strict': () => require('assert').strict,
  buffer: () => require('buffer'),
  console: () => Object.assign(globalThis.console, { Console: require('console').Console }),
  crypto: () => require('crypto'),
  events: () => require('events'),
  fs: () => require('fs'),
  'fs/promises': () => require('fs').promises,
  module: () => require('module'),
  os: () => require('os'),
  path: () => require('path'),
  'path/posix': () => require('path'),
  perf_hooks: () => ({ performance: globalThis.performance }),
  process: () => require('process').process,
  querystring: () => require('querystring'),
  readline: () => require('readline'),
  'readline/promises': () => require('readline').promises,
  stream: () => require('stream'),
  'stream/promises': () => require('stream').promises,
  string_decoder: () => require('string-decoder'),
  timers: () => {
    const {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout,
      clearInterval,
      clearImmediate,
      promises,
    } = require('timers')
    return {
      setTimeout,
      setInterval,
      setImmediate,
      clearTimeout,
      clearInterval,
      clearImmediate,
      promises,
    }
  },
  'timers/promises': () => require('timers').promises,
  url: () => require('url'),
  util: () => require('util'),
  'util/types': () => require('util').types,
}

const noNetwork = [
  'http',
  'https',
  'http2',
  'net',
  'tls',
  'dgram',
  'dns',
  'dns/promises',
  'inspector',
  'quic',
]
const noProcesses = ['child_process', 'cluster', 'worker_threads']
const notHere = [
  'v8',
  'vm',
  'wasi',
  'repl',
  'tty',
  'zlib',
  'sqlite',
  'sea',
  'trace_events',
  'domain',
  'async_hooks',
  'diagnostics_channel',
  'test',
  'punycode',
  'constants',
  'sys',
  'stream/web',
]

const bare = (specifier) => (specifier.startsWith('node:') ? specifier.slice(5) : specifier)

/** The name of a core module, or undefined when the specifier is none of ours and none of Node's. */
const nameOf = (specifier) => {
  const name = bare(specifier)
  if (Object.hasOwn(builtins, name)) return name
  if (noNetwork.includes(name) || noProcesses.includes(name) || specifier.startsWith('node:'))
    return name
  return notHere.includes(name) ? name : undefined
}

const load = (specifier) => {
  const name = bare(specifier)
  if (Object.hasOwn(builtins, name)) return builtins[name]()
  if (noNetwork.includes(name))
    throw absent(`The module '${specifier}'`, 'programs have no network')
  if (noProcesses.includes(name))
    throw absent(`The module '${specifier}'`, 'programs cannot start processes or threads')
  if (notHere.includes(name))
    throw absent(`The module '${specifier}'`, 'this interpreter does not have it')
  throw coded(
    Error,
    specifier.startsWith('node:') ? 'ERR_UNKNOWN_BUILTIN_MODULE' : 'MODULE_NOT_FOUND',
    `No such built-in module: ${specifier}`,
  )
}

module.exports = { builtins, names: Object.keys(builtins), nameOf, load }
