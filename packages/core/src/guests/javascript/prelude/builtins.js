// The core modules, each made at its first use.
const { coded, absent } = require('errors')

const builtins = {
  assert: () => require('assert'),
  'assert/strict': () => require('assert').strict,
  buffer: () => require('buffer'),
  child_process: () => require('processes-off').childProcess,
  cluster: () => require('processes-off').cluster,
  console: () => Object.assign(globalThis.console, { Console: require('console').Console }),
  crypto: () => require('crypto'),
  dgram: () => require('dns').dgram,
  dns: () => require('dns').dns,
  'dns/promises': () => require('dns').dnsPromises,
  events: () => require('events'),
  fs: () => require('fs'),
  'fs/promises': () => require('fs').promises,
  http: () => require('http').http,
  https: () => require('http').https,
  module: () => require('module'),
  net: () => require('net').net,
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
  tls: () => require('net').tls,
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
  zlib: () => require('zlib'),
  worker_threads: () => require('processes-off').workerThreads,
}

const noNetwork = ['http2', 'inspector', 'quic']
const notHere = [
  'v8',
  'vm',
  'wasi',
  'repl',
  'tty',
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

/** The name of a core module, or undefined if neither we nor Node have it. */
const nameOf = (specifier) => {
  const name = bare(specifier)
  if (Object.hasOwn(builtins, name)) return name
  if (noNetwork.includes(name) || specifier.startsWith('node:')) return name
  return notHere.includes(name) ? name : undefined
}

const load = (specifier) => {
  const name = bare(specifier)
  if (Object.hasOwn(builtins, name)) return builtins[name]()
  if (noNetwork.includes(name))
    throw absent(`The module '${specifier}'`, 'programs have no network')
  if (notHere.includes(name))
    throw absent(`The module '${specifier}'`, 'this interpreter does not have it')
  throw coded(
    Error,
    specifier.startsWith('node:') ? 'ERR_UNKNOWN_BUILTIN_MODULE' : 'MODULE_NOT_FOUND',
    `No such built-in module: ${specifier}`,
  )
}

module.exports = { builtins, names: Object.keys(builtins), nameOf, load }
