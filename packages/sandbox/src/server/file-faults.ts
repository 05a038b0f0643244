import type { LimitKind } from '../ports.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EEXIST: 'it is already there',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOTEMPTY: 'the folder is not empty; send "recursive": true to delete what is in it',
  EDQUOT: 'the disk limit of the session is reached',
  ENOSPC: 'the session may not have more files and folders',
  EROFS: 'it cannot be written',
  EACCES: 'access is denied',
  EPERM: 'it is not permitted',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'the file is larger than one answer may be',
  EINVAL: 'the path is not valid here',
}

const LIMITS: Readonly<Record<string, LimitKind>> = { EDQUOT: 'disk', ENOSPC: 'inodes' }

/** A refusal of the file system, as a command answers it. */
export interface FileFault {
  readonly reason: string
  readonly code: string
  readonly limit?: LimitKind
}

/** Reads an engine's error by its POSIX `code`; undefined for anything else, which is the engine's own failure. */
export const findFileFault = (error: unknown): FileFault | undefined => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string') return undefined
  const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined
  if (reason === undefined) return undefined
  if (error instanceof RefusedPath) return { reason: error.reason ?? reason, code }
  const limit = Object.hasOwn(LIMITS, code) ? LIMITS[code] : undefined
  return limit === undefined ? { reason, code } : { reason, code, limit }
}

/** Refuses a path before the engine is asked, as the engine would. */
export const refuse = (code: keyof typeof REASONS, reason?: string): never => {
  throw new RefusedPath(code, reason)
}

/** A refusal of this server's own, with its own words where the code alone says too little. */
class RefusedPath extends Error {
  override readonly name = 'RefusedPath'
  readonly code: string
  readonly reason: string | undefined

  constructor(code: string, reason: string | undefined) {
    super(reason ?? code)
    this.code = code
    this.reason = reason
  }
}
