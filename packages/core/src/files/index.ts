// Files
export { createVirtualFiles, restoreFiles, type VirtualFilesOptions } from './virtual-files.ts'
export type { SystemFiles } from './system.ts'
// Copies of one tree
export { decodeChange, encodeChange } from './changes.ts'
// Errors
export { FilesError } from './error.ts'
// Contracts
export { rootInode } from './types.ts'
export type {
  DirectoryEntry,
  FileAccess,
  FileChange,
  FileKind,
  FileQuota,
  FilesErrorCode,
  FileStat,
  InodeTree,
  MountedFiles,
  VirtualFiles,
} from './types.ts'
