// The process object. It tells the truth about where it runs.
const { EventEmitter } = require('events')
const { state } = require('state')
const { Writable } = require('stream-writable')
const { nextTick, isAlive } = require('timers')
const { absent, coded, invalidArgument } = require('errors')
const { encode } = require('bytes')

const process = new EventEmitter()
Object.defineProperty(process, Symbol.toStringTag, { value: 'process', configurable: true })

const makeOutput = (name, fd) => {
  const stream = new Writable()
  const write = (chunk, encoding, callback) => {
    host('write', name, encode(chunk, typeof encoding === 'string' ? encoding : 'utf8'))
    const done = typeof encoding === 'function' ? encoding : callback
    if (typeof done === 'function') nextTick(done)
    return true
  }
  return Object.assign(stream, {
    fd,
    write,
    end: (chunk, ...rest) => {
      if (chunk !== undefined && typeof chunk !== 'function') write(chunk, ...rest)
      nextTick(() => stream.emit('finish'))
      return stream
    },
    cork: () => {},
    uncork: () => {},
    hasColors: () => false,
    getColorDepth: () => 1,
  })
}

const exitCodeOf = (code) => {
  if (code === undefined || code === null) return 0
  const number = typeof code === 'string' && code !== '' ? Number(code) : code
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw invalidArgument('code', 'of type number', code)
  return number & 0xff
}

let exitCode
Object.defineProperty(process, 'exitCode', {
  get: () => exitCode,
  set: (code) => {
    if (code !== undefined && code !== null) exitCodeOf(code)
    exitCode = code
  },
  enumerable: true,
  configurable: true,
})

/** Runs the `exit` handlers once; gives back the exit code. */
const emitExit = (code) => {
  if (code !== undefined) exitCode = code
  if (!state.exiting) {
    state.exiting = true
    process.emit('exit', exitCodeOf(exitCode))
  }
  return exitCodeOf(exitCode)
}

/** True while `beforeExit` handlers may have given the program more to do. */
const emitBeforeExit = () => {
  process.emit('beforeExit', exitCodeOf(exitCode))
  return isAlive()
}

const stop = (code) => {
  host('exit', code)
  // The host has set the interrupt; nothing after this line runs, not even `finally`.
  for (;;);
}

const exit = (code) => {
  if (code !== undefined) process.exitCode = code
  stop(emitExit())
}

const hrtime = (previous) => {
  const nanoseconds = BigInt(Math.round(host('monotonic') * 1e6))
  const [seconds, rest] = [
    Number(nanoseconds / 1_000_000_000n),
    Number(nanoseconds % 1_000_000_000n),
  ]
  if (previous === undefined) return [seconds, rest]
  const difference = rest - previous[1]
  return difference < 0
    ? [seconds - previous[0] - 1, difference + 1e9]
    : [seconds - previous[0], difference]
}
hrtime.bigint = () => BigInt(Math.round(host('monotonic') * 1e6))

const none = (name) => () => {
  throw absent(`process.${name}`, 'programs run without access to other processes')
}

let folder = '/'
let mask = 0o22

const emitWarning = (warning, type) => {
  const name =
    typeof type === 'string'
      ? type
      : (type?.type ?? (warning instanceof Error ? warning.name : 'Warning'))
  const text = warning instanceof Error ? warning.message : String(warning)
  process.stderr.write(`(node:1) ${name}: ${text}\n`)
}

Object.assign(process, {
  title: 'node',
  pid: 1,
  ppid: 0,
  arch: 'wasm32',
  platform: 'wasi',
  execArgv: [],
  exit,
  reallyExit: stop,
  hrtime,
  nextTick,
  emitWarning,
  release: { name: 'quickjs-ng' },
  config: {},
  features: {},
  allowedNodeEnvironmentFlags: new Set(),
  stdout: makeOutput('stdout', 1),
  stderr: makeOutput('stderr', 2),
  cwd: () => folder,
  chdir: (path) => {
    const wanted = require('path').resolve(String(path))
    if (!require('fs').statSync(wanted).isDirectory())
      throw require('errors').systemError('ENOTDIR', 'chdir', folder, wanted)
    folder = wanted
  },
  umask: (wanted) => {
    const before = mask
    if (wanted !== undefined)
      mask = typeof wanted === 'string' ? Number.parseInt(wanted, 8) : wanted
    return before
  },
  uptime: () => (host('monotonic') - state.startedAtMs) / 1000,
  memoryUsage: Object.assign(
    () => {
      const bytes = host('memory')
      return { rss: bytes, heapTotal: bytes, heapUsed: bytes, external: 0, arrayBuffers: 0 }
    },
    { rss: () => host('memory') },
  ),
  cpuUsage: () => ({ user: Math.round(process.uptime() * 1e6), system: 0 }),
  getuid: () => 1000,
  geteuid: () => 1000,
  getgid: () => 1000,
  getegid: () => 1000,
  getgroups: () => [1000],
  kill: none('kill'),
  dlopen: none('dlopen'),
  abort: () => stop(134),
  binding: () => {
    throw coded(Error, 'ERR_INVALID_MODULE', 'No such binding: there is no native code here')
  },
  getBuiltinModule: (name) => require('builtins').load(String(name)),
})

Object.defineProperty(process, 'stdin', {
  get: () => require('stdin').stdin,
  enumerable: true,
  configurable: true,
})

/** Every value of an environment is text. */
const asEnvironment = (variables) =>
  new Proxy(variables, {
    set: (target, name, value) => Reflect.set(target, name, `${value}`),
    defineProperty: (target, name, descriptor) =>
      Reflect.defineProperty(target, name, { ...descriptor, value: `${descriptor.value}` }),
  })

/** Fills in what one program is started with. */
const installProcess = (options) => {
  folder = options.cwd
  process.argv = options.argv
  process.argv0 = options.argv[0]
  process.execPath = options.execPath
  process.execArgv = options.execArgv
  process.env = asEnvironment(options.env)
  process.version = options.version
  process.versions = options.versions
}

module.exports = { process, installProcess, emitExit, emitBeforeExit }
