// The synchronous functions of fs.
const { systemError, coded, invalidArgument } = require('errors')
const { encode } = require('bytes')
const pathModule = require('path')
const {
  toPath,
  ask,
  Dirent,
  stats,
  constants,
  readFlags,
  encodingOf,
  present,
  toMs,
} = require('fs-files')
const descriptors = require('fs-descriptors')

const about = (syscall, path, dest) => ({
  syscall,
  path: String(path),
  dest: dest === undefined ? undefined : String(dest),
})

const readFileSync = (file, options) => {
  if (typeof file === 'number') return present(descriptors.readAll(file), options)
  if (toPath(file) === '/dev/stdin') return present(descriptors.readAll(0), options)
  try {
    return present(ask(about('open', file), 'fs.read', toPath(file)), options)
  } catch (error) {
    throw error.code === 'EISDIR' ? systemError('EISDIR', 'read') : error
  }
}

const fileData = (data, options) => {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data))
    throw invalidArgument(
      'data',
      'of type string or an instance of Buffer, TypedArray, or DataView',
      data,
    )
  return encode(data, typeof options === 'string' ? options : (options?.encoding ?? 'utf8'))
}

const writeFileSync = (file, data, options) => {
  const bytes = new Uint8Array(fileData(data, options))
  const flags = readFlags(options?.flag ?? options?.flags ?? 'w')
  if (typeof file === 'number') {
    descriptors.writeBytes(file, bytes, null)
    return
  }
  const path = toPath(file)
  if (path === '/dev/stdout' || path === '/dev/stderr') {
    descriptors.writeBytes(path === '/dev/stdout' ? 1 : 2, bytes)
    return
  }
  if (path === '/dev/null') return
  const mode = `${flags.append ? 'a' : 'w'}${flags.exclusive ? 'x' : ''}`
  ask(about('open', file), 'fs.write', path, bytes, mode)
}

const appendFileSync = (file, data, options) =>
  writeFileSync(file, data, {
    flag: 'a',
    ...(typeof options === 'string' ? { encoding: options } : options),
  })

const statSync = (path, options) => {
  try {
    return stats(ask(about('stat', path), 'fs.stat', toPath(path)), options)
  } catch (error) {
    if (options?.throwIfNoEntry === false && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}

const lstatSync = (path, options) => {
  try {
    return stats(ask(about('lstat', path), 'fs.lstat', toPath(path)), options)
  } catch (error) {
    if (options?.throwIfNoEntry === false && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw error
  }
}

const existsSync = (path) => {
  try {
    return host('fs.exists', toPath(path))
  } catch {
    return false
  }
}

const accessSync = (path) => void ask(about('access', path), 'fs.stat', toPath(path))

const firstMissing = (path) => {
  let made
  for (let at = path; !existsSync(at); at = pathModule.dirname(at)) made = at
  return made
}

const mkdirSync = (given, options) => {
  const path = toPath(given)
  const recursive = options?.recursive === true
  const first = recursive ? firstMissing(path) : undefined
  if (recursive && first === undefined) {
    if (statSync(path).isDirectory()) return undefined
    throw systemError('EEXIST', 'mkdir', String(given))
  }
  ask(about('mkdir', given), 'fs.makeDirectory', path, recursive)
  return first
}

const list = (given, path) =>
  JSON.parse(ask(about('scandir', given), 'fs.list', path)).toSorted(([left], [right]) =>
    left < right ? -1 : 1,
  )

const walk = (given, path, prefix, visit) => {
  for (const [name, kind] of list(given, path)) {
    visit(prefix === '' ? name : `${prefix}/${name}`, kind, name, path)
    if (kind === 1)
      walk(
        given,
        `${path === '/' ? '' : path}/${name}`,
        prefix === '' ? name : `${prefix}/${name}`,
        visit,
      )
  }
}

const readdirSync = (given, options) => {
  const path = toPath(given)
  const found = []
  if (options?.recursive === true)
    walk(given, path, '', (relative, kind, name, parent) =>
      found.push([relative, kind, name, parent]),
    )
  else for (const [name, kind] of list(given, path)) found.push([name, kind, name, path])
  if (options?.withFileTypes === true)
    return found.map(([, kind, name, parent]) => new Dirent(name, kind, parent))
  const names = found.map(([relative]) => relative)
  const asBuffer = options === 'buffer' || options?.encoding === 'buffer'
  return asBuffer ? names.map((name) => present(encode(name, 'utf8'))) : names
}

const unlinkSync = (given) => {
  const path = toPath(given)
  if (lstatSync(given, { throwIfNoEntry: false })?.isDirectory())
    throw systemError('EISDIR', 'unlink', String(given))
  ask(about('unlink', given), 'fs.remove', path, false)
}

const rmdirSync = (given, options) => {
  if (options?.recursive === true) return rmSync(given, { recursive: true })
  const stat = stats(ask(about('rmdir', given), 'fs.lstat', toPath(given)))
  if (!stat.isDirectory()) throw systemError('ENOTDIR', 'rmdir', String(given))
  return ask(about('rmdir', given), 'fs.remove', toPath(given), false)
}

const rmSync = (given, options = {}) => {
  const stat = lstatSync(given, { throwIfNoEntry: false })
  if (stat === undefined) {
    if (options.force === true) return
    throw systemError('ENOENT', 'lstat', String(given))
  }
  if (stat.isDirectory() && options.recursive !== true)
    throw coded(
      Error,
      'ERR_FS_EISDIR',
      `Path is a directory: rm returned EISDIR (is a directory) ${given}`,
    )
  ask(about('rm', given), 'fs.remove', toPath(given), options.recursive === true)
}

const renameSync = (from, to) =>
  ask(about('rename', from, to), 'fs.rename', toPath(from, 'oldPath'), toPath(to, 'newPath'))
const copyFileSync = (from, to, mode = 0) => {
  if ((mode & constants.COPYFILE_EXCL) !== 0 && existsSync(to))
    throw systemError('EEXIST', 'copyfile', String(from), String(to))
  if (statSync(from).isDirectory())
    throw systemError('EISDIR', 'copyfile', String(from), String(to))
  ask(about('copyfile', from, to), 'fs.copy', toPath(from, 'src'), toPath(to, 'dest'), true, false)
}
const cpSync = (from, to, options = {}) => {
  if (statSync(from).isDirectory() && options.recursive !== true)
    throw coded(
      Error,
      'ERR_FS_EISDIR',
      `Recursive option not enabled, cannot copy a directory: cp returned EISDIR (${from} is a directory (not copied)) ${from}`,
    )
  if (options.errorOnExist === true && options.force === false && existsSync(to))
    throw coded(
      Error,
      'ERR_FS_CP_EEXIST',
      `Target already exists: cp returned EEXIST (${to} already exists) ${to}`,
    )
  ask(
    about('cp', from, to),
    'fs.copy',
    toPath(from, 'src'),
    toPath(to, 'dest'),
    options.force !== false,
    options.recursive === true,
  )
}
const symlinkSync = (target, path) =>
  ask(about('symlink', target, path), 'fs.symlink', String(target), toPath(path))
const linkSync = (existing, path) =>
  ask(
    about('link', existing, path),
    'fs.link',
    toPath(existing, 'existingPath'),
    toPath(path, 'newPath'),
  )
const readlinkSync = (path, options) => {
  const text = ask(about('readlink', path), 'fs.readLink', toPath(path))
  return encodingOf(options) === undefined &&
    (options === 'buffer' || options?.encoding === 'buffer')
    ? present(encode(text, 'utf8'))
    : text
}
const truncateSync = (path, length = 0) =>
  typeof path === 'number'
    ? descriptors.ftruncateSync(path, length)
    : ask(about('open', path), 'fs.truncate', toPath(path), length)
const utimesSync = (path, accessed, modified) =>
  ask(about('utime', path), 'fs.touch', toPath(path), toMs(accessed), toMs(modified))
// Files carry no modes or owners; the file must exist, as for Node.
const chmodSync = (path) => void ask(about('chmod', path), 'fs.stat', toPath(path))
const chownSync = (path) => void ask(about('chown', path), 'fs.stat', toPath(path))

const { realpathSync } = require('fs-realpath')

const mkdtempSync = (prefix) => {
  for (;;) {
    const path = `${prefix}${Array.from({ length: 6 }, () => 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[Math.floor(Math.random() * 62)]).join('')}`
    if (existsSync(path)) continue
    mkdirSync(path)
    return path
  }
}

const opendirSync = (given) => {
  const entries = readdirSync(given, { withFileTypes: true })
  return {
    path: String(given),
    readSync: () => entries.shift() ?? null,
    read: async () => entries.shift() ?? null,
    closeSync: () => {},
    close: async () => {},
    async *[Symbol.asyncIterator]() {
      yield* entries
    },
  }
}

module.exports = {
  ...descriptors,
  readFileSync,
  writeFileSync,
  appendFileSync,
  statSync,
  lstatSync,
  existsSync,
  accessSync,
  mkdirSync,
  readdirSync,
  unlinkSync,
  rmdirSync,
  rmSync,
  renameSync,
  copyFileSync,
  cpSync,
  symlinkSync,
  linkSync,
  readlinkSync,
  truncateSync,
  utimesSync,
  lutimesSync: utimesSync,
  chmodSync,
  lchmodSync: chmodSync,
  chownSync,
  lchownSync: chownSync,
  realpathSync,
  mkdtempSync,
  opendirSync,
}
delete module.exports.readAll
delete module.exports.writeBytes
