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
