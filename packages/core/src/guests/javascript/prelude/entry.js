// What the host may ask of the guest.
const { state } = require('state')
const { seedRandom } = require('random')
const { installProcess, process, emitExit, emitBeforeExit } = require('process')
const { turn, runTicks } = require('timers')
const { fatal, rejected } = require('fatal')
const { exposeCommonJs, runMain } = require('modules')

/** Tells the program who it is; called once, before any user code. */
const start = (options) => {
  state.startedAtMs = host('monotonic')
  state.sources = Object.create(null)
  seedRandom(options.seed)
  installProcess(options)
}

/** Prints the value of `node -p`. */
const print = (value) => globalThis.console.log(value)

/** Ends the program with what the host refused. */
const refuse = (code, message) => {
  const error = require('errors').fromRefusal(code, message)
  if (code === 'MODULE_NOT_FOUND') error.requireStack = []
  throw error
}

const evalGlobals = () => exposeCommonJs(process.cwd())

module.exports = {
  start,
  turn,
  runTicks,
  fatal,
  rejected,
  emitExit,
  idle: emitBeforeExit,
  print,
  evalGlobals,
  refuse,
  runMain,
  ...require('function'),
}
