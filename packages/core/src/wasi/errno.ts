import { FilesError } from '../files/error.ts'
import type { FilesErrorCode } from '../files/types.ts'

/**
 * The error numbers of WASI preview 1 that this implementation answers with.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#errno
 */
export const Errno = {
  success: 0,
  acces: 2,
  badf: 8,
  busy: 10,
  dquot: 19,
  exist: 20,
  fault: 21,
  fbig: 22,
  ilseq: 25,
  inval: 28,
  io: 29,
  isdir: 31,
  loop: 32,
  mfile: 33,
  mlink: 34,
  nametoolong: 37,
  noent: 44,
  nospc: 51,
  notdir: 54,
  notempty: 55,
  notsock: 57,
  overflow: 61,
  perm: 63,
  rofs: 69,
  spipe: 70,
  xdev: 75,
  notcapable: 76,
} as const
export type Errno = (typeof Errno)[keyof typeof Errno]

const ofFiles = {
  ENOENT: Errno.noent,
  EEXIST: Errno.exist,
  ENOTDIR: Errno.notdir,
  EISDIR: Errno.isdir,
  ENOTEMPTY: Errno.notempty,
  ELOOP: Errno.loop,
  ENAMETOOLONG: Errno.nametoolong,
  EINVAL: Errno.inval,
  EACCES: Errno.acces,
  EPERM: Errno.perm,
  EROFS: Errno.rofs,
  EXDEV: Errno.xdev,
  EMLINK: Errno.mlink,
  EFBIG: Errno.fbig,
  EDQUOT: Errno.dquot,
  ENOSPC: Errno.nospc,
  EBUSY: Errno.busy,
  EIO: Errno.io,
  EMFILE: Errno.mfile,
  EOVERFLOW: Errno.overflow,
} as const satisfies Record<FilesErrorCode, Errno>

/** Ends one system call with an error number; the guest sees the number, never this object. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly errno: Errno

  constructor(errno: Errno) {
    super(`errno ${errno}`)
    this.errno = errno
  }
}

export function refuse(errno: Errno): never {
  throw new Refusal(errno)
}

/** The number the guest is answered, or `undefined` for an error that is not its business and must go through. */
export function toErrno(error: unknown): Errno | undefined {
  if (error instanceof Refusal) return error.errno
  return error instanceof FilesError ? ofFiles[error.code] : undefined
}
