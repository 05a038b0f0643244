// node:path, POSIX only.
const { invalidArgument } = require('errors')

const need = (value, name) => {
  if (typeof value !== 'string') throw invalidArgument(name, 'of type string', value)
  return value
}

const squeeze = (path, absolute) => {
  const kept = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') kept.push(part)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!absolute) kept.push('..')
  }
  return kept.join('/')
}

const isAbsolute = (path) => need(path, 'path').startsWith('/')

const normalize = (path) => {
  if (need(path, 'path') === '') return '.'
  const absolute = path.startsWith('/')
  const body = squeeze(path, absolute)
  const tail = path.endsWith('/') && body !== '' ? '/' : ''
  if (absolute) return `/${body}${tail}`
  return body === '' ? (path.endsWith('/') ? './' : '.') : body + tail
}

const join = (...paths) => {
  const text = paths
    .map((path) => need(path, 'path'))
    .filter((path) => path !== '')
    .join('/')
  return text === '' ? '.' : normalize(text)
}

const resolve = (...paths) => {
  let text = ''
  for (let at = paths.length - 1; at >= 0 && !text.startsWith('/'); at -= 1) {
    if (need(paths[at], `paths[${at}]`) !== '')
      text = text === '' ? paths[at] : `${paths[at]}/${text}`
  }
  if (!text.startsWith('/')) text = `${require('process').process.cwd()}/${text}`
  return `/${squeeze(text, true)}`
}

const withoutSlashes = (path) => path.replace(/\/+$/, '')

const dirname = (path) => {
  if (need(path, 'path') === '') return '.'
  const trimmed = withoutSlashes(path)
  if (trimmed === '') return '/'
  const at = trimmed.lastIndexOf('/')
  if (at < 0) return '.'
  return at === 0 ? '/' : trimmed.slice(0, at).replace(/\/+$/, '') || '/'
}

const basename = (path, suffix) => {
  const trimmed = withoutSlashes(need(path, 'path'))
  const name = trimmed.slice(trimmed.lastIndexOf('/') + 1)
  if (suffix !== undefined) need(suffix, 'suffix')
  return suffix !== undefined && suffix !== name && name.endsWith(suffix)
    ? name.slice(0, name.length - suffix.length)
    : name
}

const extname = (path) => {
  const name = basename(path)
  const at = name.lastIndexOf('.')
  return at <= 0 || (/^\.+$/.test(name) && name === '..') ? '' : name.slice(at)
}

const relative = (from, to) => {
  const [left, right] = [resolve(need(from, 'from')), resolve(need(to, 'to'))]
  if (left === right) return ''
  const [a, b] = [left, right].map((path) => path.split('/').filter((part) => part !== ''))
  let same = 0
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1
  return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/')
}

const parse = (path) => {
  const root = isAbsolute(path) ? '/' : ''
  const base = basename(path)
  const ext = extname(path)
  const dir = path.includes('/') ? dirname(path) : ''
  return {
    root,
    dir: dir === '.' && root === '' && !path.startsWith('.') ? '' : dir,
    base,
    ext,
    name: ext === '' ? base : base.slice(0, -ext.length),
  }
}

const format = (parts) => {
  const base =
    parts.base ??
    `${parts.name ?? ''}${parts.ext ? (parts.ext.startsWith('.') ? parts.ext : `.${parts.ext}`) : ''}`
  const dir = parts.dir ?? parts.root
  if (!dir) return base
  return dir === parts.root ? `${dir}${base}` : `${dir}/${base}`
}

const matchesGlob = (path, pattern) => {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('**/', '\0')
    .replaceAll('**', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll('\0', '(?:.*/)?')
  return new RegExp(`^${source}$`).test(path)
}

const path = {
  sep: '/',
  delimiter: ':',
  isAbsolute,
  normalize,
  join,
  resolve,
  dirname,
  basename,
  extname,
  relative,
  parse,
  format,
  matchesGlob,
  toNamespacedPath: (value) => value,
}
path.posix = path

module.exports = path
