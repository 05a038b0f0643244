// Node-shaped errors.
const numbers = {
  EPERM: -1,
  ENOENT: -2,
  EBADF: -9,
  EACCES: -13,
  EEXIST: -17,
  EXDEV: -18,
  ENOTDIR: -20,
  EISDIR: -21,
  EINVAL: -22,
  EMFILE: -24,
  EFBIG: -27,
  ENOSPC: -28,
  ESPIPE: -29,
  EROFS: -30,
  EMLINK: -31,
  ENAMETOOLONG: -36,
  ENOSYS: -38,
  ENOTEMPTY: -39,
  ELOOP: -40,
  EDQUOT: -122,
}

const texts = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such file or directory',
  EBADF: 'bad file descriptor',
  EACCES: 'permission denied',
  EEXIST: 'file already exists',
  EXDEV: 'cross-device link not permitted',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files',
  EFBIG: 'file too large',
  ENOSPC: 'no space left on device',
  ESPIPE: 'invalid seek',
  EROFS: 'read-only file system',
  EMLINK: 'too many links',
  ENAMETOOLONG: 'name too long',
  ENOSYS: 'function not implemented',
  ENOTEMPTY: 'directory not empty',
  ELOOP: 'too many symbolic links encountered',
  EDQUOT: 'disk quota exceeded',
}

/** An error of the system, as `fs` throws it: `ENOENT: no such file or directory, open '/x'`. */
const systemError = (code, syscall, path, dest) => {
  const where = path === undefined ? '' : ` '${path}'`
  const towards = dest === undefined ? '' : ` -> '${dest}'`
  const error = new Error(
    `${code}: ${texts[code] ?? 'unknown error'}, ${syscall}${where}${towards}`,
  )
  error.errno = numbers[code] ?? -1
  error.code = code
  error.syscall = syscall
  if (path !== undefined) error.path = path
  if (dest !== undefined) error.dest = dest
  return error
}

/** An error of Node itself: its stack begins with the code too. */
const coded = (Kind, code, message, options) => {
  const error = new Kind(message, options)
  if (code.startsWith('ERR_') && typeof error.stack === 'string')
    error.stack = error.stack.replace(`${Kind.name}:`, `${Kind.name} [${code}]:`)
  error.code = code
  Object.defineProperty(error, 'name', {
    value: Kind.name,
    enumerable: false,
    configurable: true,
    writable: true,
  })
  return error
}

const describe = (value) => {
  if (value === null || value === undefined) return `Received ${value}`
  if (typeof value === 'function') return `Received function ${value.name}`
  if (typeof value === 'object') {
    const name = value.constructor?.name
    return name ? `Received an instance of ${name}` : 'Received an object'
  }
  const text =
    typeof value === 'string'
      ? `'${value.length > 28 ? `${value.slice(0, 25)}...` : value}'`
      : String(value)
  return `Received type ${typeof value} (${text})`
}

const invalidArgument = (name, expected, value) =>
  coded(
    TypeError,
    'ERR_INVALID_ARG_TYPE',
    `The ${name.includes(' ') ? name : `"${name}" argument`} must be ${expected}. ${describe(value)}`,
  )

const outOfRange = (name, range, value) =>
  coded(
    RangeError,
    'ERR_OUT_OF_RANGE',
    `The value of "${name}" is out of range. It must be ${range}. Received ${value}`,
  )

const needFunction = (value, name = 'callback') => {
  if (typeof value !== 'function') throw invalidArgument(name, 'of type function', value)
  return value
}

/** What the host refused, as Node would throw it; a place in the text goes into the stack. */
const fromRefusal = (code, text) => {
  const at = text.indexOf('\n    at ')
  const message = at < 0 ? text : text.slice(0, at)
  const error = coded(
    code.endsWith('TYPESCRIPT_SYNTAX') ? SyntaxError : Error,
    code,
    message || code,
  )
  error.stack = at < 0 ? error.stack.split('\n', 1)[0] : `SyntaxError [${code}]: ${text}`
  return error
}

/**
 * The engine makes an error of what the host's module loader throws, and gives it a name that begins with a zero and
 * the code. This sees that name and makes the error whole.
 */
const adoptLoaderErrors = () =>
  Object.defineProperty(Error.prototype, 'name', {
    get: () => 'Error',
    set(name) {
      const adopted = typeof name === 'string' && name[0] === '\u0000'
      if (!adopted) {
        const place = { writable: true, configurable: true, enumerable: this !== Error.prototype }
        Object.defineProperty(this, 'name', { ...place, value: name })
        return
      }
      const made = fromRefusal(name.slice(1), this.message)
      if (made instanceof SyntaxError) Object.setPrototypeOf(this, SyntaxError.prototype)
      this.code = made.code
      for (const key of ['message', 'stack'])
        Object.defineProperty(this, key, Object.getOwnPropertyDescriptor(made, key))
    },
    configurable: true,
    enumerable: false,
  })

/** For what Node's permission model calls restricted: processes and threads. */
const denied = (permission, what, resource) => {
  const error = coded(
    Error,
    'ERR_ACCESS_DENIED',
    `Access to this API has been restricted: ${what} in this sandbox`,
  )
  return Object.assign(error, { permission, resource })
}

/** For what this machine does not have. */
const absent = (what, why) =>
  coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${what} is not available here: ${why}`)

class AbortError extends Error {
  constructor(reason) {
    super('The operation was aborted', reason === undefined ? undefined : { cause: reason })
    this.code = 'ABORT_ERR'
  }
}
Object.defineProperty(AbortError.prototype, 'name', {
  value: 'AbortError',
  configurable: true,
  writable: true,
})

module.exports = {
  systemError,
  coded,
  invalidArgument,
  outOfRange,
  needFunction,
  absent,
  denied,
  fromRefusal,
  adoptLoaderErrors,
  AbortError,
  numbers,
  texts,
}
