/** A folder of the machine to mount for WASI. Plain data, so that it crosses to workers. */
export interface HostFolder {
  /**
   * Absolute path on the machine. It may lead through symbolic links; the folder it leads to at the start stays
   * mounted.
   */
  readonly path: string
  /** Default `'read'`. */
  readonly access?: 'read' | 'read-write'
  /**
   * Bytes by which the files may grow through this mount, counted from each start of the module; more is `EDQUOT`.
   * Overwriting counts nothing, truncating and removing give back, holes count like bytes. Default 16 MiB.
   */
  readonly maxBytes?: number
  /**
   * Files, folders and links that may be created through this mount, counted the same way; more is `ENOSPC`. Default
   * 1,024.
   */
  readonly maxEntries?: number
}

/** A folder with every default in it. */
export type ResolvedFolder = Required<HostFolder>

const keys: readonly string[] = ['path', 'access', 'maxBytes', 'maxEntries']
const maxPathBytes = 4096

/** Checks the shape of a `HostFolder` without touching the disk. Throws `TypeError`. */
export function resolveHostFolder(given: HostFolder): ResolvedFolder {
  const unknown = Object.keys(given).find((key) => !keys.includes(key))
  check(unknown === undefined, `there is no option "${unknown}" of a host folder`)
  const { path, access = 'read', maxBytes = 16 << 20, maxEntries = 1024 } = given
  check(isHostPath(path), 'the path of a host folder is absolute')
  check(access === 'read' || access === 'read-write', 'access is "read" or "read-write"')
  check(maxBytes >= 0, 'maxBytes is a number of bytes')
  check(maxEntries >= 0, 'maxEntries is a number of entries')
  return { path, access, maxBytes, maxEntries }
}

/**
 * Checks mounts by the guest's path, and gives them with their defaults. Throws `TypeError` for paths that are not absolute, not in their shortest form, the root
 * itself, or one inside another.
 */
export function resolveMounts(
  given: Readonly<Record<string, HostFolder>>,
): Record<string, ResolvedFolder> {
  const paths = Object.keys(given)
  for (const path of paths) {
    check(isMountPath(path), `"${path}" is no place to mount a folder`)
    const outer = paths.find((other) => path.startsWith(`${other}/`))
    check(outer === undefined, `"${path}" lies inside of "${outer}", which is mounted as well`)
  }
  return Object.fromEntries(
    Object.entries(given).map(([path, folder]) => [path, resolveHostFolder(folder)]),
  )
}

function isHostPath(path: unknown): boolean {
  return (
    typeof path === 'string' &&
    path.startsWith('/') &&
    path.length <= maxPathBytes &&
    !path.includes('\0') &&
    path.isWellFormed()
  )
}

function isMountPath(path: string): boolean {
  const names = path.split('/').slice(1)
  const isName = (name: string): boolean => name !== '' && name !== '.' && name !== '..'
  return isHostPath(path) && names.every((name) => isName(name) && name.length <= 255)
}

function check(isGood: boolean, message: string): void {
  if (!isGood) throw new TypeError(`${message}.`)
}
