import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { FilesError } from './error.ts'
import type { FileChange, FileKind } from './types.ts'

const types = [
  'made',
  'written',
  'resized',
  'linked',
  'unlinked',
  'renamed',
  'touched',
] as const satisfies FileChange['type'][]

/** The kinds in the order of their number on the wire. */
export const kinds: readonly FileKind[] = ['file', 'directory', 'symlink']

/** Encodes one change in few bytes, for `decodeChange`. */
export function encodeChange(change: FileChange): Uint8Array {
  const out = new ByteWriter().integer(types.indexOf(change.type))
  switch (change.type) {
    case 'made':
      out
        .integer(change.ino)
        .integer(kinds.indexOf(change.kind))
        .integer(change.parent)
        .text(change.name)
        .double(change.atMs)
      return (change.target === undefined ? out : out.text(change.target)).finish()
    case 'written':
      return out
        .integer(change.ino)
        .integer(change.offset)
        .double(change.atMs)
        .sized(change.bytes)
        .finish()
    case 'resized':
      return out.integer(change.ino).integer(change.sizeBytes).double(change.atMs).finish()
    case 'linked':
      return out
        .integer(change.ino)
        .integer(change.parent)
        .text(change.name)
        .double(change.atMs)
        .finish()
    case 'unlinked':
      return out.integer(change.parent).text(change.name).double(change.atMs).finish()
    case 'renamed':
      out.integer(change.parent).text(change.name).integer(change.newParent).text(change.newName)
      return out.double(change.atMs).finish()
    case 'touched':
      return out
        .integer(change.ino)
        .double(change.accessedAtMs)
        .double(change.modifiedAtMs)
        .finish()
    default:
      throw new FilesError('EINVAL', '', 'unknown change')
  }
}

/**
 * Decodes what `encodeChange` wrote. Throws `EINVAL` for anything else; whether the change fits the tree is checked by
 * `apply`. The bytes of a `written` change are a view into the input.
 */
export function decodeChange(bytes: Uint8Array): FileChange {
  const input = new ByteReader(bytes)
  const change = readChange(input)
  input.end()
  return change
}

function readChange(input: ByteReader): FileChange {
  const type = types[input.integer()]
  switch (type) {
    case 'made':
      return readMade(input)
    case 'written': {
      const head = { type, ino: input.integer(), offset: input.integer(), atMs: input.double() }
      return { ...head, bytes: input.sized() }
    }
    case 'resized':
      return { type, ino: input.integer(), sizeBytes: input.integer(), atMs: input.double() }
    case 'linked':
      return {
        type,
        ino: input.integer(),
        parent: input.integer(),
        name: input.text(),
        atMs: input.double(),
      }
    case 'unlinked':
      return { type, parent: input.integer(), name: input.text(), atMs: input.double() }
    case 'renamed': {
      const from = { parent: input.integer(), name: input.text() }
      return {
        type,
        ...from,
        newParent: input.integer(),
        newName: input.text(),
        atMs: input.double(),
      }
    }
    case 'touched':
      return {
        type,
        ino: input.integer(),
        accessedAtMs: input.double(),
        modifiedAtMs: input.double(),
      }
    default:
      throw new FilesError('EINVAL', '', 'unknown change')
  }
}

function readMade(input: ByteReader): FileChange {
  const ino = input.integer()
  const kind = kinds[input.integer()]
  if (kind === undefined) throw new FilesError('EINVAL', '', 'unknown kind')
  const made = {
    type: 'made',
    ino,
    kind,
    parent: input.integer(),
    name: input.text(),
    atMs: input.double(),
  } as const
  return kind === 'symlink' ? { ...made, target: input.text() } : made
}
