import { Errno, toErrno } from '../wasi/errno.ts'

/** `result<T, E>` as jco takes it from the host. */
export type Result<T, E> =
  | { readonly tag: 'ok'; readonly val: T }
  | { readonly tag: 'err'; readonly val: E }

/** The cases of `wasi:filesystem/types.error-code` that files answer with. */
export type ErrorCode =
  | 'access'
  | 'bad-descriptor'
  | 'busy'
  | 'cross-device'
  | 'exist'
  | 'file-too-large'
  | 'illegal-byte-sequence'
  | 'insufficient-memory'
  | 'insufficient-space'
  | 'invalid'
  | 'invalid-seek'
  | 'io'
  | 'is-directory'
  | 'loop'
  | 'name-too-long'
  | 'no-entry'
  | 'not-directory'
  | 'not-empty'
  | 'not-permitted'
  | 'overflow'
  | 'quota'
  | 'read-only'
  | 'too-many-links'
  | 'unsupported'

/** What has no case of its own is `io`. */
const codes: Readonly<Partial<Record<number, ErrorCode>>> = {
  [Errno.acces]: 'access',
  [Errno.badf]: 'bad-descriptor',
  [Errno.dquot]: 'quota',
  [Errno.exist]: 'exist',
  [Errno.fbig]: 'file-too-large',
  [Errno.ilseq]: 'illegal-byte-sequence',
  [Errno.inval]: 'invalid',
  [Errno.isdir]: 'is-directory',
  [Errno.loop]: 'loop',
  [Errno.mfile]: 'insufficient-memory',
  [Errno.mlink]: 'too-many-links',
  [Errno.nametoolong]: 'name-too-long',
  [Errno.noent]: 'no-entry',
  [Errno.nospc]: 'insufficient-space',
  [Errno.notdir]: 'not-directory',
  [Errno.notempty]: 'not-empty',
  [Errno.notsock]: 'unsupported',
  [Errno.overflow]: 'overflow',
  [Errno.perm]: 'not-permitted',
  [Errno.rofs]: 'read-only',
  [Errno.spipe]: 'invalid-seek',
  [Errno.xdev]: 'cross-device',
  // What may not be reached, by the filter or below a folder.
  [Errno.notcapable]: 'not-permitted',
}

/** The result of work on files; what is not the guest's business goes through as it is. */
export function answer<T>(work: () => T): Result<T, ErrorCode> {
  try {
    return { tag: 'ok', val: work() }
  } catch (error) {
    return { tag: 'err', val: codeOf(error) }
  }
}

/** Throws again what is no error of files. */
export function codeOf(error: unknown): ErrorCode {
  const errno = toErrno(error)
  if (errno === undefined) throw error
  return codes[errno] ?? 'io'
}
