import { Errno, refuse } from '../wasi/errno.ts'
import { position } from '../wasi/fd-io.ts'
import type { Spot } from '../wasi/resolve.ts'
import { answer, type ErrorCode, type Result } from './answer.ts'
import {
  DirectoryEntryStream,
  entry,
  link,
  removeDirectory,
  rename,
  target,
  unlinkFile,
  vacancy,
  type OpenFlags,
  type PathFlags,
  type Place,
  type Tree,
} from './directory.ts'
import {
  hashOf,
  inodeOf,
  setTimes,
  statOf,
  types,
  type NewTimestamp,
  type Node,
  type Stat,
} from './node.ts'
import {
  readNode,
  writeNode,
  writtenInode,
  type DescriptorFlags,
  type OpenNode,
} from './node-io.ts'
import { openNode } from './open.ts'
import { InputStream, largestTransfer, OutputStream } from './streams.ts'
import { ask } from './world.ts'

type Answer<T> = Result<T, ErrorCode>
type Hash = ReturnType<typeof hashOf>

/** `wasi:filesystem/types.descriptor`: an open file, folder or device. It keeps its inode alive until it is dropped. */
export class Descriptor {
  readonly #tree: Tree
  readonly #open: OpenNode
  #isOpen = true

  constructor(tree: Tree, node: Node, flags: DescriptorFlags) {
    this.#tree = tree
    this.#open = { node, flags }
    const ino = inodeOf(node)
    if (ino !== undefined) tree.files.hold(ino)
    tree.open.add(this)
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#tree.open.delete(this)
    const ino = inodeOf(this.#open.node)
    if (ino !== undefined) this.#tree.files.release(ino)
  }

  readViaStream(offset: bigint): Answer<InputStream> {
    return answer(() => {
      let at = position(offset)
      return new InputStream({
        read: (count) => {
          const bytes = readNode(this.#tree, this.#open, { count, at })
          at += bytes.length
          return bytes.length === 0 ? undefined : bytes
        },
      })
    })
  }

  writeViaStream(offset: bigint): Answer<OutputStream> {
    return answer(() => {
      let at = position(offset)
      return new OutputStream({
        write: (bytes) => {
          writeNode(this.#tree, this.#open, { bytes, at })
          at += bytes.length
        },
      })
    })
  }

  appendViaStream(): Answer<OutputStream> {
    return answer(
      () =>
        new OutputStream({
          write: (bytes) =>
            writeNode(this.#tree, this.#open, { bytes, at: Number(this.#stat().size) }),
        }),
    )
  }

  read(length: bigint, offset: bigint): Answer<[Uint8Array, boolean]> {
    return answer(() => {
      const count = length < BigInt(largestTransfer) ? Number(length) : largestTransfer
      const bytes = readNode(this.#tree, this.#open, { count, at: position(offset) })
      return [bytes, bytes.length === 0 && count > 0]
    })
  }

  write(bytes: Uint8Array, offset: bigint): Answer<bigint> {
    return answer(() => {
      writeNode(this.#tree, this.#open, { bytes, at: position(offset) })
      return BigInt(bytes.length)
    })
  }

  /** Advice changes nothing here: every file is in memory already. */
  advise(): Answer<undefined> {
    return this.#do('fd_advise', () => undefined)
  }

  syncData(): Answer<undefined> {
    return this.#do('fd_datasync', () => undefined)
  }

  sync(): Answer<undefined> {
    return this.#do('fd_sync', () => undefined)
  }

  getFlags(): Answer<DescriptorFlags> {
    return this.#do('fd_fdstat_get', () => this.#open.flags)
  }

  getType(): Answer<Stat['type']> {
    return this.#do('fd_fdstat_get', () => types[this.#open.node.kind])
  }

  setSize(size: bigint): Answer<undefined> {
    return this.#do('fd_filestat_set_size', () => {
      this.#tree.files.resizeInode(writtenInode(this.#open), position(size))
      return undefined
    })
  }

  setTimes(accessed: NewTimestamp, modified: NewTimestamp): Answer<undefined> {
    return this.#do('fd_filestat_set_times', () => {
      setTimes(this.#tree, inodeOf(this.#open.node), { accessed, modified })
      return undefined
    })
  }

  stat(): Answer<Stat> {
    return this.#do('fd_filestat_get', () => this.#stat())
  }

  statAt(flags: PathFlags, path: string): Answer<Stat> {
    return this.#do('path_filestat_get', () =>
      statOf(this.#tree, target(this.#tree, this.#at(path), flags).found),
    )
  }

  setTimesAt(
    flags: PathFlags,
    path: string,
    ...[accessed, modified]: [NewTimestamp, NewTimestamp]
  ): Answer<undefined> {
    return this.#do('path_filestat_set_times', () => {
      const { found } = target(this.#tree, this.#at(path), flags)
      if (found.kind === 'missing') refuse(Errno.noent)
      setTimes(this.#tree, inodeOf(found), { accessed, modified })
      return undefined
    })
  }

  readDirectory(): Answer<DirectoryEntryStream> {
    return this.#do('fd_readdir', () => new DirectoryEntryStream(this.#tree, this.#spot()))
  }

  createDirectoryAt(path: string): Answer<undefined> {
    return this.#do('path_create_directory', () => {
      const { parent, name } = vacancy(this.#tree, this.#at(path), true)
      this.#tree.files.make(parent, name, 'directory')
      return undefined
    })
  }

  openAt(
    pathFlags: PathFlags,
    path: string,
    ...[openFlags, flags]: [OpenFlags, DescriptorFlags]
  ): Answer<Descriptor> {
    return this.#do('path_open', () => {
      const wish = { pathFlags, openFlags, writes: flags.write === true }
      const node = openNode(this.#tree, this.#at(path), wish)
      const given = { read: flags.read === true, write: flags.write === true }
      return new Descriptor(this.#tree, node, {
        ...given,
        mutateDirectory: node.kind === 'directory',
      })
    })
  }

  linkAt(
    flags: PathFlags,
    path: string,
    ...[other, newPath]: [Descriptor, string]
  ): Answer<undefined> {
    return this.#do('path_link', () => {
      link(this.#tree, { ...this.#at(path), flags }, other.#at(newPath))
      return undefined
    })
  }

  readlinkAt(path: string): Answer<string> {
    return this.#do('path_readlink', () => {
      const { found } = entry(this.#tree, this.#at(path))
      if (found.kind === 'missing') return refuse(Errno.noent)
      if (found.kind !== 'symlink') return refuse(Errno.inval)
      return this.#tree.files.readLinkInode(found.ino)
    })
  }

  removeDirectoryAt(path: string): Answer<undefined> {
    return this.#do(
      'path_remove_directory',
      () => removeDirectory(this.#tree, this.#at(path)) as undefined,
    )
  }

  renameAt(path: string, other: Descriptor, newPath: string): Answer<undefined> {
    return this.#do('path_rename', () => {
      rename(this.#tree, this.#at(path), other.#at(newPath))
      return undefined
    })
  }

  symlinkAt(to: string, path: string): Answer<undefined> {
    return this.#do('path_symlink', () => {
      const { parent, name } = vacancy(this.#tree, this.#at(path))
      this.#tree.files.make(parent, name, 'symlink', to)
      return undefined
    })
  }

  unlinkFileAt(path: string): Answer<undefined> {
    return this.#do('path_unlink_file', () => unlinkFile(this.#tree, this.#at(path)) as undefined)
  }

  isSameObject(other: Descriptor): boolean {
    const [one, two] = [hashOf(this.#open.node), hashOf(other.#open.node)]
    return one.upper === two.upper && one.lower === two.lower
  }

  metadataHash(): Answer<Hash> {
    return this.#do('fd_filestat_get', () => hashOf(this.#open.node))
  }

  metadataHashAt(flags: PathFlags, path: string): Answer<Hash> {
    return this.#do('path_filestat_get', () =>
      hashOf(target(this.#tree, this.#at(path), flags).found),
    )
  }

  #do<T>(call: Parameters<typeof ask>[1], work: () => T): Answer<T> {
    return answer(() => {
      ask(this.#tree, call)
      return work()
    })
  }

  #stat(): Stat {
    return statOf(this.#tree, this.#open.node)
  }

  #spot(): Spot {
    return this.#open.node.kind === 'directory' ? this.#open.node.spot : refuse(Errno.notdir)
  }

  #at(path: string): Place {
    return { base: this.#spot(), path }
  }
}
