import type { Clock } from '../clock.ts'
import type { FunctionHost } from '../host/types.ts'
import type { FunctionRunner } from '../ports.ts'
import type { Objects } from '../storage/objects.ts'
import type { Tables } from '../storage/tables.ts'
import type { RandomBytes } from './ids.ts'

/** The window of the numbers that the console shows. */
export const WINDOW_MS: number = 24 * 60 * 60 * 1000

export interface CatalogParts {
  readonly tables: Tables
  readonly objects: Objects
  readonly runner: Pick<FunctionRunner, 'runtimes'>
  readonly host: FunctionHost
  readonly clock: Clock
  readonly random: RandomBytes
  /** Ends the instances of a function that is gone and removes its code. */
  discard(functionId: string): Promise<void>
}

/** A value with the version that its ETag names. */
export interface Versioned<Value> {
  readonly value: Value
  readonly version: number
}

/** Pool key of a function's unsaved code. */
export function draftPoolKey(functionId: string): string {
  return `draft:${functionId}`
}

/** Removes what a gone function leaves outside the tables. */
export function createDiscard(host: FunctionHost, objects: Objects): CatalogParts['discard'] {
  return async (functionId) => {
    await Promise.all([host.retire(functionId), host.retire(draftPoolKey(functionId))])
    await removeObjects(objects, await objects.list(`code/${functionId}/`))
  }
}

/** Finishes what a crash cut off: left-over rows, and code that no function names. Nothing else may write meanwhile. */
export async function sweep(tables: Tables, objects: Objects): Promise<void> {
  await tables.purge()
  const used = await tables.functions.codeKeys()
  const keys = await objects.list('code/')
  await removeObjects(
    objects,
    keys.filter((key) => !used.has(key)),
  )
}

async function removeObjects(objects: Objects, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => objects.delete(key)))
}
