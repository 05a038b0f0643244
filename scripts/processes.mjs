/** What runs on this machine. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'

/**
 * The processes of a group that have not ended; none on Windows, which has no groups. Throws where the system does not
 * say what runs.
 *
 * @returns {{pid: number, command: string}[]}
 */
export function membersOf(group) {
  if (process.platform === 'win32') return []
  const all = existsSync('/proc/self/stat') ? fromProc() : fromPs()
  // Zombies have ended, and so have the dead, which are about to vanish.
  return all.filter((one) => one.group === group && !/^[ZX]/u.test(one.state))
}

/** A small Linux has no `ps`. */
function fromProc() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      try {
        // The name in brackets may hold brackets itself.
        const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /su, '')
          .split(' ')
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return [{ pid: Number(pid), group: Number(group), state, command }]
      } catch (error) {
        // It ended meanwhile.
        if (error.code === 'ENOENT' || error.code === 'ESRCH') return []
        throw error
      }
    })
}

function fromPs() {
  const fields = ['-A', '-o', 'pgid=,stat=,pid=,args=']
  const { error, status, stdout } = spawnSync('ps', fields, { encoding: 'utf8' })
  if (status !== 0) throw new Error('ps does not say what runs.', { cause: error })
  return stdout.split('\n').flatMap((line) => {
    const [, group, state, pid, command] = /^\s*(\d+)\s+(\S+)\s+(\d+)\s+(.*)$/u.exec(line) ?? []
    return group === undefined ? [] : [{ pid: Number(pid), group: Number(group), state, command }]
  })
}
