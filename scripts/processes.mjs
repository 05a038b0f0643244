/** What runs on this machine. */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

/**
 * The processes of a group that have not ended; none on Windows, which has no groups.
 *
 * @returns {{pid: number, command: string}[]}
 */
export function membersOf(group) {
  const all = process.platform === 'linux' ? fromProc() : fromPs()
  return all.filter((one) => one.group === group && !one.state.startsWith('Z'))
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
      } catch {
        // It ended meanwhile.
        return []
      }
    })
}

function fromPs() {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pgid=,stat=,pid=,args='], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [, group, state, pid, command] = /^\s*(\d+)\s+(\S+)\s+(\d+)\s+(.*)$/u.exec(line) ?? []
    return group === undefined ? [] : [{ pid: Number(pid), group: Number(group), state, command }]
  })
}
