// The console object.
const { formatWithOptions } = require('format')
const { inspect } = require('inspect')
const { table } = require('console-table')

const options = { breakLength: 80 }

const counters = (log) => {
  const counts = new Map()
  return {
    count: (label = 'default') => {
      const next = (counts.get(`${label}`) ?? 0) + 1
      counts.set(`${label}`, next)
      log(`${label}: ${next}`)
    },
    countReset: (label = 'default') => counts.delete(`${label}`),
  }
}

const clocks = (log, warn) => {
  const began = new Map()
  const elapsed = (label) => {
    const from = began.get(label)
    if (from === undefined) {
      warn(`Warning: No such label '${label}' for console.time()`)
      return undefined
    }
    const spent = globalThis.performance.now() - from
    return spent >= 1000
      ? `${(spent / 1000).toFixed(3)}s`
      : `${Number(spent.toPrecision(spent >= 100 ? 6 : 4))}ms`
  }
  const tell = (label, values) => {
    const spent = elapsed(label)
    if (spent !== undefined) log(`${label}: ${spent}`, ...values)
  }
  return {
    time: (label = 'default') => {
      if (began.has(`${label}`)) warn(`Warning: Label '${label}' already exists for console.time()`)
      else began.set(`${label}`, globalThis.performance.now())
    },
    timeLog: (label = 'default', ...values) => tell(`${label}`, values),
    timeEnd: (label = 'default') => {
      tell(`${label}`, [])
      began.delete(`${label}`)
    },
  }
}

class Console {
  constructor(stdout, stderr = stdout) {
    const out = stdout?.stdout ?? stdout
    const err = stdout?.stderr ?? stderr ?? out
    let indent = ''
    const put = (stream, text) =>
      stream.write(`${indent === '' ? text : indent + text.replaceAll('\n', `\n${indent}`)}\n`)
    const log = (...values) => put(out, formatWithOptions(options, ...values))
    const error = (...values) => put(err, formatWithOptions(options, ...values))
    const methods = {
      log,
      info: log,
      debug: log,
      dirxml: log,
      error,
      warn: error,
      dir: (value, settings) =>
        put(out, inspect(value, { customInspect: false, ...options, ...settings })),
      table: (data, columns) =>
        data === null || typeof data !== 'object' ? log(data) : log(table(data, columns)),
      assert: (condition, ...values) => {
        if (condition) return
        if (typeof values[0] === 'string') values[0] = `Assertion failed: ${values[0]}`
        else values.unshift('Assertion failed')
        error(...values)
      },
      trace: function trace(...values) {
        const holder = { name: 'Trace', message: formatWithOptions(options, ...values) }
        Error.captureStackTrace(holder, trace)
        const [, ...frames] = String(holder.stack).split('\n')
        error(
          [
            holder.message === '' ? 'Trace' : `Trace: ${holder.message}`,
            ...frames.filter(
              (frame) => frame.startsWith('    at ') && !frame.includes('node:internal'),
            ),
          ].join('\n'),
        )
      },
      group: (...values) => {
        if (values.length > 0) log(...values)
        indent += '  '
      },
      groupEnd: () => {
        indent = indent.slice(0, -2)
      },
      clear: () => {},
    }
    methods.groupCollapsed = methods.group
    Object.assign(this, methods, counters(log), clocks(log, error))
  }
}

module.exports = { Console }
