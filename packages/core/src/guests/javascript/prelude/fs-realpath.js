// fs.realpathSync.
const { systemError } = require('errors')
const { toPath, ask, stats } = require('fs-files')

const about = (syscall, path) => ({ syscall, path: String(path) })

const realpathSync = (given) => {
  const left = toPath(given)
    .split('/')
    .filter((part) => part !== '')
  let at = ''
  for (let links = 0; left.length > 0;) {
    const part = left.shift()
    if (part === '..') at = at.slice(0, Math.max(0, at.lastIndexOf('/')))
    if (part === '..' || part === '.') continue
    const next = `${at}/${part}`
    if (!stats(ask(about('realpath', given), 'fs.lstat', next)).isSymbolicLink()) {
      at = next
      continue
    }
    links += 1
    if (links > 40) throw systemError('ELOOP', 'realpath', String(given))
    const target = ask(about('realpath', given), 'fs.readLink', next)
    if (target.startsWith('/')) at = ''
    left.unshift(...target.split('/').filter((one) => one !== ''))
  }
  return at === '' ? '/' : at
}
realpathSync.native = realpathSync

module.exports = { realpathSync }
