// Messages of the engine's own errors in the words of Node, so that they say as much.
const exact = {
  'BigInt are forbidden in JSON.stringify': 'Do not know how to serialize a BigInt',
  'cannot convert symbol to string': 'Cannot convert a Symbol value to a string',
  'cannot convert symbol to number': 'Cannot convert a Symbol value to a number',
  'cannot convert to object': 'Cannot convert undefined or null to object',
  'empty array': 'Reduce of empty array with no initial value',
  'expecting hex digit': 'URI malformed',
  'invalid array length': 'Invalid array length',
  'circular reference': 'Converting circular structure to JSON',
}

const property = /^cannot (read|set) property '(.*)' of (null|undefined)$/s

const lineOf = (file, line) => {
  const known = host('source', file)
  const text = known ?? require('bytes').decode(host('fs.read', file), 'utf8')
  return text.split('\n')[line - 1] ?? ''
}

const name = /[A-Za-z_$][\w$]*(?:\??\.[#A-Za-z_$][\w$]*|\[[^\][]{1,40}\]|\([^()]{0,60}\))*$/

/** What stands before the parenthesis of the call that failed. */
const calledName = (frame) => {
  const place = /\(?((?:\/|\[)[^\s()]*?):(\d+):(\d+)\)?$/.exec(frame ?? '')
  if (place === null) return undefined
  try {
    const [, file, line, column] = place
    const text = lineOf(file, Number(line))
    const open = text.indexOf('(', Number(column) - 1)
    return open < 0 ? undefined : name.exec(text.slice(0, open).trimEnd())?.[0]
  } catch {
    return undefined
  }
}

const reworded = (message, frame) => {
  if (Object.hasOwn(exact, message)) return exact[message]
  if (message === 'not a function') {
    const called = calledName(frame)
    return called === undefined ? undefined : `${called} is not a function`
  }
  const early = /^([\w$]+) is not initialized$/.exec(message)
  if (early !== null) return `Cannot access '${early[1]}' before initialization`
  const access = property.exec(message)
  if (access === null) return undefined
  const [, verb, key, owner] = access
  if (key === 'Symbol.iterator') return `${owner} is not iterable`
  return `Cannot ${verb} properties of ${owner} (${verb === 'set' ? 'setting' : 'reading'} '${key}')`
}

/** Changes the message of an error that the engine is about to throw; `frame` is the first line of its stack. */
const reword = (error, frame) => {
  const own = Object.getOwnPropertyDescriptor(error, 'message')
  if (typeof own?.value !== 'string' || own.value.length > 200) return
  const message = reworded(own.value, frame)
  if (message !== undefined) Object.defineProperty(error, 'message', { ...own, value: message })
}

module.exports = { reword }
