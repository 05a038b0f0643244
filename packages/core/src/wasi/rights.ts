/** The names in the order of their bits. */
const names = [
  'fdDatasync',
  'fdRead',
  'fdSeek',
  'fdFdstatSetFlags',
  'fdSync',
  'fdTell',
  'fdWrite',
  'fdAdvise',
  'fdAllocate',
  'pathCreateDirectory',
  'pathCreateFile',
  'pathLinkSource',
  'pathLinkTarget',
  'pathOpen',
  'fdReaddir',
  'pathReadlink',
  'pathRenameSource',
  'pathRenameTarget',
  'pathFilestatGet',
  'pathFilestatSetSize',
  'pathFilestatSetTimes',
  'fdFilestatGet',
  'fdFilestatSetSize',
  'fdFilestatSetTimes',
  'pathSymlink',
  'pathRemoveDirectory',
  'pathUnlinkFile',
  'pollFdReadwrite',
] as const

export type RightName = (typeof names)[number]

/**
 * Rights of WASI preview 1, one bit each.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#rights
 */
export const Right: Readonly<Record<RightName, bigint>> = Object.fromEntries(
  names.map((name, bit) => [name, 1n << BigInt(bit)]),
) as Readonly<Record<RightName, bigint>>

const streamRights: bigint =
  Right.fdRead |
  Right.fdWrite |
  Right.fdFdstatSetFlags |
  Right.fdFilestatGet |
  Right.pollFdReadwrite |
  Right.fdSync |
  Right.fdDatasync

/** What can ever be done with each kind of descriptor. */
export const rightsOf: Readonly<Record<'stream' | 'device' | 'file' | 'directory', bigint>> = {
  stream: streamRights,
  // A guest's `isatty` is "character device that cannot seek": devices are no terminals, so they can.
  device: streamRights | Right.fdSeek | Right.fdTell,
  file:
    streamRights |
    Right.fdSeek |
    Right.fdTell |
    Right.fdAdvise |
    Right.fdAllocate |
    Right.fdFilestatSetSize |
    Right.fdFilestatSetTimes,
  directory:
    Right.fdFdstatSetFlags |
    Right.fdSync |
    Right.fdDatasync |
    Right.fdAdvise |
    Right.pathCreateDirectory |
    Right.pathCreateFile |
    Right.pathLinkSource |
    Right.pathLinkTarget |
    Right.pathOpen |
    Right.fdReaddir |
    Right.pathReadlink |
    Right.pathRenameSource |
    Right.pathRenameTarget |
    Right.pathFilestatGet |
    Right.pathFilestatSetSize |
    Right.pathFilestatSetTimes |
    Right.fdFilestatGet |
    Right.fdFilestatSetTimes |
    Right.pathSymlink |
    Right.pathRemoveDirectory |
    Right.pathUnlinkFile |
    Right.pollFdReadwrite,
}

/** Everything below a folder that is opened at the start. */
export const allRights: bigint = rightsOf.file | rightsOf.directory
