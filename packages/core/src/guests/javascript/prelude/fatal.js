// How a program dies of an error that nothing caught.
const { process, emitExit } = require('process')
const { inspect } = require('inspect')
const { stackOf, userFrames, firstPlace } = require('stack')

const sourceLine = (place) => {
  const known = host('source', place.file)
  if (known !== undefined) return known.split('\n')[place.line - 1]
  try {
    return require('bytes').decode(host('fs.read', place.file), 'utf8').split('\n')[place.line - 1]
  } catch {
    return undefined
  }
}

/** `file:line`, the line itself and a mark under the column, as Node prints above an uncaught error. */
const excerpt = (stack) => {
  const place = firstPlace(stack)
  if (place === undefined) return ''
  const line = sourceLine(place)
  if (line === undefined || line.length > 500) return `${place.file}:${place.line}\n\n`
  return `${place.file}:${place.line}\n${line}\n${' '.repeat(Math.max(0, place.column - 1))}^\n\n`
}

const report = (error, isRejection) => {
  if (error instanceof Error) {
    const stack = userFrames(stackOf(error))
    // An error without frames is shown in brackets among other values, but not when it ends the program.
    const shown = inspect(error, { breakLength: 80 }).replace(/^\[(.*)\](?= \{\n|$)/s, '$1')
    return `${excerpt(stack)}${shown}\n`
  }
  const shown = inspect(error, { breakLength: 80 })
  if (isRejection) {
    return `UnhandledPromiseRejection: This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "${typeof error === 'string' ? error : shown}". {\n  code: 'ERR_UNHANDLED_REJECTION'\n}\n`
  }
  return `Uncaught:\n${shown}\n(Use a thrown Error to see where it came from)\n`
}

const outOfMemory = (error) => error instanceof InternalError && error.message === 'out of memory'

const die = (error, isRejection) => {
  if (outOfMemory(error)) return 'memory'
  const text = report(error, isRejection)
  host('report', text)
  process.stderr.write(text)
  emitExit(1)
  return 'failed'
}

/**
 * Takes an uncaught error: 'handled' when the program has a handler for it, 'memory' when it is that memory ran out,
 * else 'failed', with the error on standard error.
 */
const fatal = (error) => {
  if (process.listenerCount('uncaughtException') > 0) {
    process.emit('uncaughtException', error, 'uncaughtException')
    return 'handled'
  }
  return die(error, false)
}

/** Takes a rejection that nothing handled; answers as `fatal`. */
const rejected = (reason, promise) => {
  if (process.listenerCount('unhandledRejection') > 0) {
    process.emit('unhandledRejection', reason, promise)
    return 'handled'
  }
  if (process.listenerCount('uncaughtException') > 0) {
    process.emit('uncaughtException', reason, 'unhandledRejection')
    return 'handled'
  }
  return die(reason, true)
}

module.exports = { fatal, rejected, report }
