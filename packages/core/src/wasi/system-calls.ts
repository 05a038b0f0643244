import { fdPread, fdPwrite, fdRead, fdSeek, fdTell, fdWrite } from './fd-io.ts'
import {
  fdAdvise,
  fdAllocate,
  fdClose,
  fdDatasync,
  fdFdstatGet,
  fdFdstatSetFlags,
  fdFdstatSetRights,
  fdFilestatGet,
  fdFilestatSetSize,
  fdFilestatSetTimes,
  fdPrestatDirName,
  fdPrestatGet,
  fdRenumber,
  fdSync,
} from './fd-status.ts'
import type { SystemCall } from './guest.ts'
import {
  pathCreateDirectory,
  pathFilestatGet,
  pathFilestatSetTimes,
  pathLink,
  pathReadlink,
  pathRemoveDirectory,
  pathRename,
  pathSymlink,
  pathUnlinkFile,
} from './path-calls.ts'
import { pathOpen } from './path-open.ts'
import { pollOneoff } from './poll.ts'
import {
  argsGet,
  argsSizesGet,
  clockResGet,
  clockTimeGet,
  environGet,
  environSizesGet,
  procExit,
  procRaise,
  randomGet,
  schedYield,
  socketCall,
} from './process-calls.ts'
import { fdReaddir } from './readdir.ts'

/**
 * Names of the functions of WASI preview 1.
 *
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
 */
export type SystemCallName =
  | 'args_get'
  | 'args_sizes_get'
  | 'clock_res_get'
  | 'clock_time_get'
  | 'environ_get'
  | 'environ_sizes_get'
  | 'fd_advise'
  | 'fd_allocate'
  | 'fd_close'
  | 'fd_datasync'
  | 'fd_fdstat_get'
  | 'fd_fdstat_set_flags'
  | 'fd_fdstat_set_rights'
  | 'fd_filestat_get'
  | 'fd_filestat_set_size'
  | 'fd_filestat_set_times'
  | 'fd_pread'
  | 'fd_prestat_dir_name'
  | 'fd_prestat_get'
  | 'fd_pwrite'
  | 'fd_read'
  | 'fd_readdir'
  | 'fd_renumber'
  | 'fd_seek'
  | 'fd_sync'
  | 'fd_tell'
  | 'fd_write'
  | 'path_create_directory'
  | 'path_filestat_get'
  | 'path_filestat_set_times'
  | 'path_link'
  | 'path_open'
  | 'path_readlink'
  | 'path_remove_directory'
  | 'path_rename'
  | 'path_symlink'
  | 'path_unlink_file'
  | 'poll_oneoff'
  | 'proc_exit'
  | 'proc_raise'
  | 'random_get'
  | 'sched_yield'
  | 'sock_accept'
  | 'sock_recv'
  | 'sock_send'
  | 'sock_shutdown'

/**
 * Every function of WASI preview 1 by its name.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#functions
 */
export const systemCalls: Readonly<Record<SystemCallName, SystemCall>> = {
  args_get: argsGet,
  args_sizes_get: argsSizesGet,
  clock_res_get: clockResGet,
  clock_time_get: clockTimeGet,
  environ_get: environGet,
  environ_sizes_get: environSizesGet,
  fd_advise: fdAdvise,
  fd_allocate: fdAllocate,
  fd_close: fdClose,
  fd_datasync: fdDatasync,
  fd_fdstat_get: fdFdstatGet,
  fd_fdstat_set_flags: fdFdstatSetFlags,
  fd_fdstat_set_rights: fdFdstatSetRights,
  fd_filestat_get: fdFilestatGet,
  fd_filestat_set_size: fdFilestatSetSize,
  fd_filestat_set_times: fdFilestatSetTimes,
  fd_pread: fdPread,
  fd_prestat_dir_name: fdPrestatDirName,
  fd_prestat_get: fdPrestatGet,
  fd_pwrite: fdPwrite,
  fd_read: fdRead,
  fd_readdir: fdReaddir,
  fd_renumber: fdRenumber,
  fd_seek: fdSeek,
  fd_sync: fdSync,
  fd_tell: fdTell,
  fd_write: fdWrite,
  path_create_directory: pathCreateDirectory,
  path_filestat_get: pathFilestatGet,
  path_filestat_set_times: pathFilestatSetTimes,
  path_link: pathLink,
  path_open: pathOpen,
  path_readlink: pathReadlink,
  path_remove_directory: pathRemoveDirectory,
  path_rename: pathRename,
  path_symlink: pathSymlink,
  path_unlink_file: pathUnlinkFile,
  poll_oneoff: pollOneoff,
  proc_exit: procExit,
  proc_raise: procRaise,
  random_get: randomGet,
  sched_yield: schedYield,
  sock_accept: socketCall,
  sock_recv: socketCall,
  sock_send: socketCall,
  sock_shutdown: socketCall,
}
