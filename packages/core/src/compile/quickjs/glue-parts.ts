import type { FunctionType } from '../../binary/types.ts'
import type { Image } from './engine.ts'

/** A function that is added to the interpreter's module. */
export interface Added {
  readonly type: FunctionType
  /** Further locals, all i32. */
  readonly locals: number
  readonly code: readonly number[]
}

/** Places in scratch memory: arguments, a text's length, and random bytes. */
export const lengthAt = 16
export const randomAt = 48
/** Of the two globals that are added. */
export const busyGlobal = 1
export const keptGlobal = 2

/** Functions of the interpreter and the imports, by name, as indexes. */
export interface GlueParts {
  readonly image: Image
  readonly indexOf: (name: string) => number
  /** Index of the first added function of the glue. */
  readonly first: number
  /** Imports. */
  readonly error: number
  readonly log: number
  /** WASI's `fd_write`, where the module has WASI. */
  readonly write: number | undefined
  /** Import of `gaesup.random` or of WASI's `random_get`. */
  readonly random: number
  /** Import of `gaesup.call`, where the source has functions of the host. */
  readonly hostCall: number | undefined
}
