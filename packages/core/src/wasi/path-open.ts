import { Errno, refuse } from './errno.ts'
import type { Descriptor } from './fd-table.ts'
import type { Guest } from './guest.ts'
import { resolve, type Found, type Resolved } from './resolve.ts'
import { Right, rightsOf } from './rights.ts'

const Flag = { creat: 1, directory: 2, excl: 4, trunc: 8 } as const
const followFlag = 1

type Args = [
  fd: number,
  dirflags: number,
  path: number,
  pathLength: number,
  oflags: number,
  rights: bigint,
  inheriting: bigint,
  fdflags: number,
  result: number,
]

interface Wish {
  readonly oflags: number
  readonly fdflags: number
  readonly rights: bigint
  readonly inheriting: bigint
}

export function pathOpen(guest: Guest, args: Args): void {
  const [fd, dirflags, path, pathLength, oflags, rights, inheriting, fdflags, result] = args
  const base = guest.fds.directory(fd, Right.pathOpen)
  // Rights that the folder cannot pass on are left out, as guests ask for more than they use.
  const wish = {
    oflags,
    fdflags,
    rights: rights & base.inheriting,
    inheriting: inheriting & base.inheriting,
  }
  if (oflags >>> 0 > 15 || fdflags >>> 0 > 31) refuse(Errno.inval)
  if ((oflags & Flag.creat) !== 0 && (oflags & Flag.directory) !== 0) refuse(Errno.inval)
  guest.memory.setU32(result, 0)
  guest.fds.checkRoom()
  const text = guest.memory.text(path, pathLength)
  const follow = text.endsWith('/') || ((dirflags & followFlag) !== 0 && (oflags & Flag.excl) === 0)
  const at = resolve(guest, base.spot, { path: text, follow })
  if ((oflags & Flag.creat) !== 0) guest.fds.directory(fd, Right.pathCreateFile)
  if ((oflags & Flag.trunc) !== 0) guest.fds.directory(fd, Right.pathFilestatSetSize)
  const opened = at.found.kind === 'missing' ? create(guest, at, wish) : open(guest, at.found, wish)
  guest.memory.setU32(result, guest.fds.add(opened))
}

function create(guest: Guest, at: Resolved, wish: Wish): Descriptor {
  if ((wish.oflags & Flag.creat) === 0) refuse(Errno.noent)
  if (at.wantsFolder) refuse(Errno.isdir)
  if (at.parent.ino === undefined) return refuse(Errno.rofs)
  return openFile(guest.files.make(at.parent.ino, at.name, 'file'), wish)
}

function open(guest: Guest, found: Exclude<Found, { kind: 'missing' }>, wish: Wish): Descriptor {
  if ((wish.oflags & Flag.creat) !== 0 && (wish.oflags & Flag.excl) !== 0) refuse(Errno.exist)
  if (found.kind === 'directory') return openDirectory(found, wish)
  if (found.kind === 'symlink') return refuse(Errno.loop)
  if ((wish.oflags & Flag.directory) !== 0) refuse(Errno.notdir)
  if (found.kind === 'device')
    return {
      kind: 'device',
      node: found.node,
      ...granted(wish, found.node.isStream ? 'stream' : 'device'),
    }
  if (wish.rights & Right.fdWrite && found.ino < 0) refuse(Errno.rofs)
  if ((wish.oflags & Flag.trunc) !== 0) guest.files.resizeInode(found.ino, 0)
  return openFile(found.ino, wish)
}

function openDirectory(found: Extract<Found, { kind: 'directory' }>, wish: Wish): Descriptor {
  const writes = (wish.rights & Right.fdWrite) !== 0n && (wish.oflags & Flag.directory) === 0
  if (writes || (wish.oflags & (Flag.trunc | Flag.creat)) !== 0) refuse(Errno.isdir)
  return { kind: 'directory', spot: found.spot, ...granted(wish, 'directory') }
}

function openFile(ino: number, wish: Wish): Descriptor {
  return { kind: 'file', ino, offset: 0, ...granted(wish, 'file') }
}

function granted(
  wish: Wish,
  kind: keyof typeof rightsOf,
): { flags: number; rights: bigint; inheriting: bigint } {
  const inheriting = kind === 'directory' ? wish.inheriting : 0n
  return { flags: wish.fdflags, rights: wish.rights & rightsOf[kind], inheriting }
}
