// `error.stack` as Node writes it: a header, then one `    at` line for each frame.
const commonJsPrefix = '(function (exports, require, module, __filename, __dirname) {'
const wrapped = new Set()

/** The host puts this in front of the first line of a module; columns of that line are moved back by its length. */
const modulePrefix = (path) => {
  const folder = path.slice(0, Math.max(1, path.lastIndexOf('/')))
  const url = (text) => JSON.stringify(text)
  const meta = `url:${url(`file://${encodeURI(path)}`)},filename:${url(path)},dirname:${url(folder)}`
  return `Object.assign(import.meta,{${meta}});`
}

const shift = (file, line) => {
  if (line !== 1 || typeof file !== 'string' || file[0] !== '/') return 0
  return wrapped.has(file) ? commonJsPrefix.length : modulePrefix(file).length
}

const frameLine = (site) => {
  const file = site.getFileName()
  if (site.isNative()) return `    at ${site.getFunctionName() || '<anonymous>'} (native)`
  const line = site.getLineNumber()
  const column = Math.max(1, site.getColumnNumber() - shift(file, line))
  const name = site.getFunctionName()
  const place = `${file}:${line}:${column}`
  return name && name !== '<anonymous>' && name !== '<eval>'
    ? `    at ${name} (${place})`
    : `    at ${place}`
}

const header = (error) => {
  try {
    return String(error)
  } catch {
    return '<error>'
  }
}

const install = () => {
  Error.stackTraceLimit = 10
  // The engine reads this through its own accessor, so it is assigned.
  Error.prepareStackTrace = (error, sites) => {
    const frames = sites.map(frameLine)
    require('engine-errors').reword(error, frames[0])
    return [header(error), ...frames].join('\n')
  }
}

/** The stack of an error with a header even where the engine could not make one. */
const stackOf = (error) => {
  const { stack } = error
  if (typeof stack === 'string' && stack !== '') return stack
  return header(error)
}

const place = /\(?((?:\/|\[)[^\s()]*?):(\d+):(\d+)\)?$/

/** File, line and column of the first frame that is the user's, or undefined. */
const firstPlace = (stack) => {
  for (const line of stack.split('\n')) {
    if (!line.startsWith('    at ')) continue
    const match = place.exec(line.trim())
    if (match !== null) return { file: match[1], line: Number(match[2]), column: Number(match[3]) }
  }
  return undefined
}

/** Leaves out the frames of this prelude and of the engine. */
const userFrames = (stack) =>
  stack
    .split('\n')
    .filter(
      (line) =>
        !(
          line.startsWith('    at ') &&
          (line.includes('node:internal/') || line.endsWith('(native)'))
        ),
    )
    .join('\n')

module.exports = { install, stackOf, userFrames, firstPlace, commonJsPrefix, wrapped }
