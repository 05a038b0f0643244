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

const coded = (Kind, code, message) => {
  const error = new Kind(message)
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
    `The "${name}" argument must be ${expected}. ${describe(value)}`,
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
  AbortError,
  numbers,
  texts,
}
