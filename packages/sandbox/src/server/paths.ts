import { WORKSPACE } from '../protocol/limits.ts'

/** Absolute path without `.`, `..` and doubled slashes; relative paths start at the workspace. `..` stops at the root. */
export const resolvePath = (path: string): string => {
  const absolute = path.startsWith('/') ? path : `${WORKSPACE}/${path}`
  const kept: string[] = []
  for (const part of absolute.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  return `/${kept.join('/')}`
}

/** True when the path, as it was sent, can only name a folder: it ends in a slash or in a dot part. */
export const namesFolder = (path: string): boolean => /(?:^|\/)\.{0,2}$/u.test(path)

/** True for the workspace itself and for every folder it is in. */
export const holdsWorkspace = (resolved: string): boolean =>
  resolved === '/' || resolved === WORKSPACE || WORKSPACE.startsWith(`${resolved}/`)
