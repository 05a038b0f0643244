import { FilesError } from '../error.ts'
import { checkText, maxPathBytes } from '../names.ts'
import type { FileKind } from '../types.ts'
import type { Disk } from './disk.ts'
import { listEntries, readTarget } from './listing.ts'

/** Folders and links below a folder that is moved, and folders in each other. */
const mostLooked = 2048
const deepestLooked = 32

/**
 * Links are never followed by the system, so none leads a guest out. But programs of the host follow them: none is made that leads out of the
 * mounted folder from where it stands. What a name in it stands for may be a link itself, so `..` behind a name may lead anywhere.
 *
 * @param depth folders between the mounted one and the link
 */
export function checkTarget(target: string, depth: number): void {
  if (target === '') throw new FilesError('ENOENT', '', 'a symbolic link needs a target')
  checkText(target, maxPathBytes)
  if (leadsOut(target, depth)) refuse()
}

function leadsOut(target: string, depth: number): boolean {
  const steps = target.split('/').filter((name) => name !== '' && name !== '.')
  const ups = steps.filter((name) => name === '..').length
  return target.startsWith('/') || ups > depth || steps.slice(ups).includes('..')
}

/** What gets another place: folders between the mounted one and where it is, and where it is to be. */
interface Moved {
  readonly name: string
  readonly kind: FileKind
  readonly depth: number
  readonly newDepth: number
}

/**
 * A link that gets another place must not lead out from there, nor one in a folder that does: further down none does that did not before. Throws `EPERM`, and
 * `EXDEV` for a folder that holds too much to be looked at, which programs then copy.
 *
 * @param from the open folder that it is in
 */
export function checkMoved(disk: Disk, from: number, moved: Moved): void {
  const { name, kind, depth, newDepth } = moved
  if (kind === 'symlink') checkTarget(readTarget(disk, from, name), newDepth)
  if (kind === 'directory' && newDepth < depth)
    new Look(disk, from).folder(from, { name, depth: newDepth, level: 1 })
}

/** Goes through a folder that is to be moved up. */
class Look {
  readonly #disk: Disk
  readonly #device: bigint
  #left = mostLooked

  constructor(disk: Disk, from: number) {
    this.#disk = disk
    this.#device = disk.fs.fstatSync(from, { bigint: true }).dev
  }

  folder(parent: number, { name, depth, level }: Step): void {
    const fd = this.#disk.pinFolder(this.#disk.entry(parent, name))
    try {
      // No guest makes links on another disk.
      if (this.#disk.fs.fstatSync(fd, { bigint: true }).dev !== this.#device) return
      for (const entry of listEntries(this.#disk, fd)) {
        if (entry.kind === 'file') continue
        this.#spend(level)
        if (entry.kind === 'symlink') this.#link(readTarget(this.#disk, fd, entry.name), depth + 1)
        else this.folder(fd, { name: entry.name, depth: depth + 1, level: level + 1 })
      }
    } finally {
      this.#disk.fs.closeSync(fd)
    }
  }

  #spend(level: number): void {
    this.#left -= 1
    if (this.#left < 0 || level > deepestLooked)
      throw new FilesError('EXDEV', '', 'the folder holds too much to be moved up')
  }

  /** An absolute one, which no guest made, leads to the same place from everywhere. */
  #link(target: string, depth: number): void {
    if (!target.startsWith('/') && leadsOut(target, depth)) refuse()
  }
}

interface Step {
  readonly name: string
  /** Of the folder, where it is to be. */
  readonly depth: number
  /** From 1 on. */
  readonly level: number
}

function refuse(): never {
  throw new FilesError('EPERM', '', 'the link may lead out of the mounted folder')
}
