// Talking to the host's files: paths, flags, stats and errors.
const { systemError, invalidArgument, coded } = require('errors')
const { decode, normalize } = require('bytes')
const { Buffer } = require('buffer')
const path = require('path')

const kinds = ['file', 'directory', 'symlink']

/** Absolute path of what fs functions take as a path. */
const toPath = (value, name = 'path') => {
  let text = value
  if (value instanceof URL) text = require('url').fileURLToPath(value)
  else if (value instanceof Uint8Array) text = decode(value, 'utf8')
  if (typeof text !== 'string')
    throw invalidArgument(name, 'of type string or an instance of Buffer or URL', value)
  if (text.includes('\0'))
    throw coded(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `The argument '${name}' must be a string, Uint8Array, or URL without null bytes.`,
    )
  return path.resolve(text)
}

/** Asks the host; its refusals become system errors about `syscall` and the paths as the program gave them. */
const ask = (about, operation, ...args) => {
  try {
    return host(operation, ...args)
  } catch (error) {
    if (!(error instanceof host.Refusal)) throw error
    throw systemError(error.code, about.syscall, about.path, about.dest)
  }
}

class Stats {
  constructor([ino, kind, size, links, accessed, modified, changed], big) {
    const wrap = big ? (value) => BigInt(Math.trunc(value)) : (value) => value
    Object.defineProperty(this, '_kind', { value: kinds[kind], enumerable: false })
    const type = [0o100000, 0o040000, 0o120000][kind]
    Object.assign(this, {
      dev: wrap(1),
      mode: wrap(type | 0o755),
      nlink: wrap(links),
      uid: wrap(1000),
      gid: wrap(1000),
      rdev: wrap(0),
      blksize: wrap(4096),
      ino: wrap(ino),
      size: wrap(size),
      blocks: wrap(Math.ceil(size / 512)),
      atimeMs: wrap(accessed),
      mtimeMs: wrap(modified),
      ctimeMs: wrap(changed),
      birthtimeMs: wrap(changed),
      atime: new Date(accessed),
      mtime: new Date(modified),
      ctime: new Date(changed),
      birthtime: new Date(changed),
    })
  }

  isFile() {
    return this._kind === 'file'
  }

  isDirectory() {
    return this._kind === 'directory'
  }

  isSymbolicLink() {
    return this._kind === 'symlink'
  }
}

class Dirent {
  constructor(name, kind, parent) {
    this.name = name
    this.parentPath = parent
    Object.defineProperty(this, 'path', { value: parent, enumerable: false })
    Object.defineProperty(this, '_kind', { value: kinds[kind], enumerable: false })
  }
}
for (const method of ['isFile', 'isDirectory', 'isSymbolicLink'])
  Dirent.prototype[method] = Stats.prototype[method]
for (const method of ['isBlockDevice', 'isCharacterDevice', 'isFIFO', 'isSocket']) {
  Stats.prototype[method] = () => false
  Dirent.prototype[method] = () => false
}

const stats = (text, options) => new Stats(JSON.parse(text), options?.bigint === true)

const constants = {
  F_OK: 0,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  COPYFILE_EXCL: 1,
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 64,
  O_EXCL: 128,
  O_TRUNC: 512,
  O_APPEND: 1024,
  S_IFMT: 61440,
  S_IFREG: 32768,
  S_IFDIR: 16384,
  S_IFLNK: 40960,
}

/** What an `open` flag asks for. */
const readFlags = (flags = 'r') => {
  if (typeof flags === 'number') {
    const access = flags & 3
    return {
      read: access !== constants.O_WRONLY,
      write: access !== 0,
      create: (flags & constants.O_CREAT) !== 0,
      exclusive: (flags & constants.O_EXCL) !== 0,
      truncate: (flags & constants.O_TRUNC) !== 0,
      append: (flags & constants.O_APPEND) !== 0,
    }
  }
  const match = /^(r|w|a)(x?)(s?)(\+?)$|^(r|w|a)(\+?)(x?)(s?)$/.exec(flags)
  if (match === null)
    throw coded(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `The argument 'flags' is invalid. Received '${flags}'`,
    )
  const letter = match[1] ?? match[5]
  const plus = flags.includes('+')
  return {
    read: letter === 'r' || plus,
    write: letter !== 'r' || plus,
    create: letter !== 'r',
    exclusive: flags.includes('x'),
    truncate: letter === 'w',
    append: letter === 'a',
  }
}

const encodingOf = (options) => {
  const encoding = typeof options === 'string' ? options : options?.encoding
  if (encoding === undefined || encoding === null || encoding === 'buffer') return undefined
  if (normalize(encoding) === undefined)
    throw coded(
      TypeError,
      'ERR_INVALID_ARG_VALUE',
      `The argument 'encoding' is invalid encoding. Received '${encoding}'`,
    )
  return encoding
}

/** Bytes as a Buffer, or as text when an encoding was asked for. */
const present = (bytes, options) => {
  const encoding = encodingOf(options)
  return encoding === undefined
    ? new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : decode(bytes, encoding)
}

/** Milliseconds of a time given as seconds, date or text. */
const toMs = (time) => {
  if (time instanceof Date) return time.getTime()
  const seconds = Number(time)
  if (!Number.isFinite(seconds))
    throw invalidArgument('time', 'of type number or an instance of Date', time)
  return seconds * 1000
}

module.exports = {
  toPath,
  ask,
  Stats,
  Dirent,
  stats,
  constants,
  readFlags,
  encodingOf,
  present,
  toMs,
}
