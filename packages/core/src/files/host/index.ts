// Folders of the machine
export { openHostFolder } from './open-host-folder.ts'
export type { HostFolder } from './host-folder.ts'
// Contracts
export type { InodeTree, MountedFiles } from '../types.ts'
