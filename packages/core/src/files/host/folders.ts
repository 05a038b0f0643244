import { FilesError } from '../error.ts'
import { keyOf, kindOf, type Disk, type HostStat } from './disk.ts'
import { namesOf, type KnownFile } from './known-files.ts'

/** The kinds of file systems whose files are no data but the kernel itself. */
const kernelMagics: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x73636673, 0x27e0eb, 0x63677270, 0x1cd1, 0xcafe4a11,
  0x6165676c, 0xde5e81e4, 0x62656570, 0xf97cff8c, 0x65735543, 0x6e736673, 0x42494e4d, 0x67596969,
])

/** Of disks in layers, which give their files device numbers of the layers. */
const layeredMagic = 0x794c7630

/** Folders that stay open between the calls of one piece of work. */
const mostKept = 16

/**
 * Goes from the mounted folder to a folder below, one open folder after the other. No step follows a link, and what was reached is looked at again once it is
 * open: a name that stands for something else by now is as good as gone.
 */
export class Folders {
  readonly rootKey: string
  readonly #disk: Disk
  readonly #path: string
  readonly #device: bigint
  readonly #magic: number
  #kept: Map<KnownFile, number> | undefined

  /** @param path of the machine; what it leads to now is the folder from now on */
  constructor(disk: Disk, path: string) {
    const { fs } = disk
    this.#disk = disk
    this.#path = disk.run(() => fs.realpathSync(path))
    const fd = disk.pinFolder(this.#path)
    try {
      const stat = fs.fstatSync(fd, { bigint: true })
      this.rootKey = keyOf(stat)
      this.#device = stat.dev
      this.#magic = disk.run(() => fs.statfsSync(disk.handle(fd)).type)
    } finally {
      fs.closeSync(fd)
    }
    if (kernelMagics.has(this.#magic))
      throw new FilesError('EACCES', '', 'the folder is a part of the kernel, such as /proc')
  }

  /** Keeps folders open between the calls of this work: a path of n names then costs n steps, not n times n. Nothing in it may move a file. */
  together<T>(work: () => T): T {
    if (this.#kept !== undefined) return work()
    const kept = new Map<KnownFile, number>()
    this.#kept = kept
    try {
      return work()
    } finally {
      this.#kept = undefined
      for (const fd of kept.values()) this.#disk.fs.closeSync(fd)
    }
  }

  /** Opens a folder for the time of the work. */
  inside<T>(folder: KnownFile, work: (fd: number) => T): T {
    if (this.#kept !== undefined) return work(this.#keep(folder, this.#kept))
    const fd = this.#open(folder)
    try {
      return work(fd)
    } finally {
      this.#disk.fs.closeSync(fd)
    }
  }

  /** What a name in an open folder stands for; `undefined` for nothing. Throws `EACCES` for what is neither file, folder nor link, or of another disk. */
  look(fd: number, name: string): { stat: HostStat; key: string; kind: Kind } | undefined {
    try {
      return this.#judge(
        this.#disk.run(() => this.#disk.fs.lstatSync(this.#disk.entry(fd, name), { bigint: true })),
      )
    } catch (error) {
      if (error instanceof FilesError && error.code === 'ENOENT') return undefined
      throw error
    }
  }

  /** Names a known file without opening it, for as long as the result is open. Throws `ENOENT` when something else has its name. */
  pin(file: KnownFile): number {
    const { parent } = file
    if (parent === undefined) return this.#open(file)
    return this.inside(parent, (fd) => this.#pinEntry(fd, file))
  }

  #pinEntry(folder: number, file: KnownFile): number {
    const { fs, entry, pin } = this.#disk
    const fd = pin(entry(folder, file.name))
    try {
      const seen = this.#judge(fs.fstatSync(fd, { bigint: true }))
      if (seen.key !== file.key || seen.kind !== file.kind) throw new FilesError('ENOENT', '')
      if (seen.stat.dev !== this.#device && !this.#isOfLayer(fd)) throw new FilesError('EACCES', '')
      return fd
    } catch (error) {
      fs.closeSync(fd)
      throw error
    }
  }

  #isOfLayer(fd: number): boolean {
    const { fs, handle, run } = this.#disk
    if (this.#magic !== layeredMagic) return false
    return run(() => fs.statfsSync(handle(fd)).type) === layeredMagic
  }

  #keep(folder: KnownFile, kept: Map<KnownFile, number>): number {
    const known = kept.get(folder)
    if (known !== undefined) return known
    const above = folder.parent && kept.get(folder.parent)
    const fd =
      above === undefined
        ? this.#open(folder)
        : this.#checked(this.#enter(above, folder.name), folder)
    kept.set(folder, fd)
    const [oldest] = kept
    if (kept.size > mostKept && oldest !== undefined) {
      kept.delete(oldest[0])
      this.#disk.fs.closeSync(oldest[1])
    }
    return fd
  }

  #open(folder: KnownFile): number {
    let fd = this.#openRoot()
    for (const name of namesOf(folder)) {
      const from = fd
      try {
        fd = this.#enter(from, name)
      } finally {
        this.#disk.fs.closeSync(from)
      }
    }
    return this.#checked(fd, folder)
  }

  /** What is open, if it is the folder that was looked for. */
  #checked(fd: number, folder: KnownFile): number {
    if (keyOf(this.#disk.fs.fstatSync(fd, { bigint: true })) === folder.key) return fd
    this.#disk.fs.closeSync(fd)
    throw new FilesError('ENOENT', '')
  }

  #openRoot(): number {
    const { fs, pinFolder } = this.#disk
    const fd = pinFolder(this.#path)
    if (keyOf(fs.fstatSync(fd, { bigint: true })) === this.rootKey) return fd
    fs.closeSync(fd)
    throw new FilesError('ENOENT', '', 'the mounted folder is no longer there')
  }

  #enter(from: number, name: string): number {
    const { fs, entry, pinFolder } = this.#disk
    const fd = pinFolder(entry(from, name))
    if (fs.fstatSync(fd, { bigint: true }).dev !== this.#device) {
      fs.closeSync(fd)
      throw new FilesError('EACCES', '')
    }
    return fd
  }

  #judge(stat: HostStat): { stat: HostStat; key: string; kind: Kind } {
    const kind = kindOf(stat)
    if (kind === undefined) throw new FilesError('EACCES', '', 'it is no file, folder or link')
    if (kind === 'directory' && stat.dev !== this.#device)
      throw new FilesError('EACCES', '', 'it is of another disk')
    return { stat, key: keyOf(stat), kind }
  }
}

type Kind = NonNullable<ReturnType<typeof kindOf>>
