const bytesPerKb = 1024

/** Bytes of memory that the host has, from `/proc/meminfo`; 0 when it does not say. */
export const parseMemTotal = (text: string): number =>
  Number(/^MemTotal:\s+(\d{1,15}) kB$/m.exec(text)?.[1] ?? 0) * bytesPerKb

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

/**
 * The path of the container's own cgroup: a process inside may have moved into one below it, as systemd does, whose counters are
 * only a part. Undefined when the path does not name the container.
 */
export const containerPath = (path: string, containerId: string): string | undefined => {
  const at = path.indexOf(containerId)
  if (at < 0) return undefined
  const end = path.indexOf('/', at)
  return end < 0 ? path : path.slice(0, end)
}

/**
 * Where each v1 controller and v2 (`''`) are mounted, from `/proc/self/mountinfo`. A mount of a part of a hierarchy, as container
 * managers make them, is no place to look for the rest.
 */
export const parseCgroupMounts = (text: string): ReadonlyMap<string, string> => {
  const mounts = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ')
    const [root, point] = left.split(' ').slice(3)
    const [type, , options = ''] = right.split(' ')
    if (root !== '/' || point === undefined) continue
    if (type === 'cgroup2') mounts.set('', point)
    if (type !== 'cgroup') continue
    for (const option of options.split(',')) mounts.set(option, point)
  }
  return mounts
}
