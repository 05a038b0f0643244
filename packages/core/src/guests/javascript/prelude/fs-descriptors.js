// Open files: numbers that stand for an inode, a position and a way of use.
const { systemError, invalidArgument } = require('errors')
const { encode } = require('bytes')
const { toPath, ask, stats, readFlags, toMs } = require('fs-files')

const open = new Map()
let nextFd = 3

const entry = (fd, syscall) => {
  if (typeof fd !== 'number') throw invalidArgument('fd', 'of type number', fd)
  const found = open.get(fd)
  if (found === undefined) throw systemError('EBADF', syscall)
  return found
}

let stdinPosition = 0

const openSync = (given, flags, _mode) => {
  const path = toPath(given)
  const about = { syscall: 'open', path: String(given) }
  const wanted = readFlags(flags)
  const exists = ask(about, 'fs.exists', path)
  if (!exists && wanted.create) ask(about, 'fs.write', path, new Uint8Array(0), 'wx')
  else if (exists && wanted.create && wanted.exclusive)
    throw systemError('EEXIST', 'open', about.path)
  const stat = stats(ask(about, 'fs.stat', path))
  if (stat.isDirectory() && wanted.write) throw systemError('EISDIR', 'open', about.path)
  if (wanted.truncate && exists) ask(about, 'fs.truncate', path, 0)
  const ino = ask(about, 'fs.hold', path)
  if (open.size >= 1024) {
    ask(about, 'fs.release', ino)
    throw systemError('EMFILE', 'open', about.path)
  }
  const fd = nextFd++
  open.set(fd, { ino, path, position: 0, directory: stat.isDirectory(), ...wanted })
  return fd
}

const closeSync = (fd) => {
  if (fd >= 0 && fd <= 2) return
  const { ino } = entry(fd, 'close')
  open.delete(fd)
  ask({ syscall: 'close' }, 'fs.release', ino)
}

const viewOf = (buffer) => encode(buffer)

const readArguments = (buffer, offset, rest) => {
  const options =
    typeof offset === 'object' && offset !== null
      ? offset
      : { offset, length: rest[0], position: rest[1] }
  const start = options.offset ?? 0
  return {
    start,
    length: options.length ?? buffer.byteLength - start,
    position: options.position ?? null,
  }
}

const readStdin = (bytes, length) => {
  const part = host('stdin').subarray(stdinPosition, stdinPosition + length)
  bytes.set(part)
  stdinPosition += part.length
  return part.length
}

const readSync = (fd, buffer, offset, ...rest) => {
  const { start, length, position } = readArguments(buffer, offset, rest)
  const target = viewOf(buffer).subarray(start, start + length)
  if (fd === 0) return readStdin(target, length)
  const file = entry(fd, 'read')
  if (file.directory) throw systemError('EISDIR', 'read')
  if (!file.read) throw systemError('EBADF', 'read')
  const at = position === null || Number(position) < 0 ? file.position : Number(position)
  const bytes = ask({ syscall: 'read' }, 'fs.readInode', file.ino, at, target.length)
  target.set(bytes)
  if (position === null || Number(position) < 0) file.position += bytes.length
  return bytes.length
}

const writeBytes = (fd, bytes, position) => {
  if (fd === 1 || fd === 2) {
    host('write', fd === 1 ? 'stdout' : 'stderr', bytes)
    return bytes.length
  }
  const file = entry(fd, 'write')
  if (!file.write) throw systemError('EBADF', 'write')
  const about = { syscall: 'write' }
  const implicit = position === null || position === undefined || file.append
  const at = file.append
    ? stats(ask(about, 'fs.statInode', file.ino)).size
    : implicit
      ? file.position
      : Number(position)
  ask(about, 'fs.writeInode', file.ino, at, new Uint8Array(bytes))
  if (implicit) file.position = at + bytes.length
  return bytes.length
}

const writeSync = (fd, data, ...rest) => {
  if (typeof data === 'string') return writeBytes(fd, encode(data, rest[1]), rest[0])
  const { start, length, position } = readArguments(data, rest[0], rest.slice(1))
  return writeBytes(fd, viewOf(data).subarray(start, start + length), position)
}

const readAll = (fd) => {
  if (fd === 0) {
    const rest = host('stdin').subarray(stdinPosition)
    stdinPosition += rest.length
    return rest
  }
  const file = entry(fd, 'read')
  if (file.directory) throw systemError('EISDIR', 'read')
  const { size } = stats(ask({ syscall: 'fstat' }, 'fs.statInode', file.ino))
  const bytes = ask(
    { syscall: 'read' },
    'fs.readInode',
    file.ino,
    file.position,
    Math.max(0, size - file.position),
  )
  file.position += bytes.length
  return bytes
}

const fstatSync = (fd, options) => {
  if (fd >= 0 && fd <= 2) return stats(JSON.stringify([fd, 0, 0, 1, 0, 0, 0]), options)
  return stats(ask({ syscall: 'fstat' }, 'fs.statInode', entry(fd, 'fstat').ino), options)
}
const ftruncateSync = (fd, length = 0) =>
  ask({ syscall: 'ftruncate' }, 'fs.resizeInode', entry(fd, 'ftruncate').ino, length)
const futimesSync = (fd, accessed, modified) =>
  ask(
    { syscall: 'futime' },
    'fs.touchInode',
    entry(fd, 'futime').ino,
    toMs(accessed),
    toMs(modified),
  )
const fsyncSync = (fd) => void (fd > 2 && entry(fd, 'fsync'))

const vector = (one) => (fd, buffers, position) => {
  let total = 0
  for (const buffer of buffers) {
    const moved = one(
      fd,
      buffer,
      0,
      buffer.byteLength,
      typeof position === 'number' ? position + total : null,
    )
    total += moved
    if (moved < buffer.byteLength) break
  }
  return total
}

module.exports = {
  openSync,
  closeSync,
  readSync,
  writeSync,
  writeBytes,
  readAll,
  fstatSync,
  ftruncateSync,
  futimesSync,
  fsyncSync,
  fdatasyncSync: fsyncSync,
  fchmodSync: fsyncSync,
  fchownSync: fsyncSync,
  readvSync: vector(readSync),
  writevSync: vector(writeSync),
}
