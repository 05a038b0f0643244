import { ContainerError } from '../errors.ts'
import type { FilesErrorCode } from './types.ts'

const reasons: Record<FilesErrorCode, string> = {
  ENOENT: 'no such file or folder',
  EEXIST: 'it exists already',
  ENOTDIR: 'not a folder',
  EISDIR: 'it is a folder',
  ENOTEMPTY: 'the folder is not empty',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
  EINVAL: 'invalid argument',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'system files cannot be changed',
  EXDEV: 'not in the same tree',
  EMLINK: 'too many links',
  EFBIG: 'the file is too large',
  EDQUOT: 'the byte quota is used up',
  ENOSPC: 'the inode quota is used up',
  EBUSY: 'it is in use',
  EIO: 'the host could not do it',
  EMFILE: 'too many open files',
  EOVERFLOW: 'the folder has too many entries',
}

/** Why a call on `VirtualFiles` was refused. Nothing was changed by the refused call. */
export class FilesError extends ContainerError {
  override readonly name = 'FilesError'
  /** POSIX name of the reason. */
  declare readonly code: FilesErrorCode
  /** The path or entry name the call was about; empty when it had none. */
  readonly path: string

  constructor(code: FilesErrorCode, path: string, reason: string = reasons[code]) {
    super(path === '' ? `${code}: ${reason}` : `${code}: ${reason}: ${path}`, code)
    this.path = path
  }
}
