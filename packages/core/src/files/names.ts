import { FilesError } from './error.ts'

/** Longest entry name, in bytes of UTF-8. */
export const maxNameBytes = 255
/** Longest path and symlink target, in bytes of UTF-8. */
export const maxPathBytes = 4096

const encoder = new TextEncoder()

/** Length of the text in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length
}

/** Refuses what cannot be the name of an entry. */
export function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw new FilesError('EINVAL', name)
  checkText(name, maxNameBytes)
}

/** Refuses NUL, lone surrogates and texts of more than `maxBytes`. */
export function checkText(text: string, maxBytes: number): void {
  if (text.length > maxBytes) throw new FilesError('ENAMETOOLONG', shorten(text))
  if (text.includes('\0') || !text.isWellFormed()) throw new FilesError('EINVAL', shorten(text))
  if (text.length * 3 > maxBytes && byteLength(text) > maxBytes)
    throw new FilesError('ENAMETOOLONG', shorten(text))
}

/** Joins a folder and a name into a path. */
export function joinPath(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`
}

function shorten(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text
}
