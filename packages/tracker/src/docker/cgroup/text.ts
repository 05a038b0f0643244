/** The number in a kernel file that holds one; `max` and anything unreadable become undefined. */
export const parseCount = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const trimmed = text.trim()
  return /^\d{1,20}$/.test(trimmed) ? Number(trimmed) : undefined
}

/** The value after `key ` at the beginning of a line. */
export const valueOf = (text: string, key: string): number | undefined => {
  let at = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `)
  if (at < 0) return undefined
  at += key.length + (text.startsWith(`${key} `) && at === 0 ? 1 : 2)
  const end = text.indexOf('\n', at)
  return parseCount(text.slice(at, end < 0 ? text.length : end))
}

/** The ten-second averages of a pressure file. @see https://docs.kernel.org/accounting/psi.html */
export const parsePressure = (text: string): { readonly some: number; readonly full: number } => {
  const average = (kind: string): number =>
    Number(new RegExp(`^${kind} avg10=(\\d+(?:\\.\\d+)?)`, 'm').exec(text)?.[1] ?? 0)
  return { some: average('some'), full: average('full') }
}

/** `controller list → path` of `/proc/<pid>/cgroup`; v2 has the empty list. */
export const parseProcCgroup = (text: string): ReadonlyMap<string, string> => {
  const paths = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line)
    if (match === null) continue
    for (const controller of (match[1] ?? '').split(',')) paths.set(controller, match[2] ?? '/')
  }
  return paths
}

/** Where each v1 controller and v2 (`''`) are mounted, from `/proc/self/mountinfo`. */
export const parseCgroupMounts = (text: string): ReadonlyMap<string, string> => {
  const mounts = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ')
    const point = left.split(' ')[4]
    const [type, , options = ''] = right.split(' ')
    if (point === undefined) continue
    if (type === 'cgroup2') mounts.set('', point)
    if (type !== 'cgroup') continue
    for (const option of options.split(',')) mounts.set(option, point)
  }
  return mounts
}
