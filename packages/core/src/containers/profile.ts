import type { FunctionProfile } from './types.ts'

interface Counts {
  callCount: number
  errorCount: number
  totalMs: number
  longestMs: number
}

/** What the functions of a module cost. Only those that it has: nobody fills this with names. */
export class Profile {
  #functions = new Map<string, Counts>()

  /** Of the module that runs now; what others were called is forgotten. */
  keep(names: readonly string[]): void {
    const fresh = (): Counts => ({ callCount: 0, errorCount: 0, totalMs: 0, longestMs: 0 })
    this.#functions = new Map(names.map((name) => [name, this.#functions.get(name) ?? fresh()]))
  }

  add(name: string, tookMs: number, isError: boolean): void {
    const counts = this.#functions.get(name)
    if (counts === undefined) return
    counts.callCount += 1
    if (isError) counts.errorCount += 1
    counts.totalMs += tookMs
    counts.longestMs = Math.max(counts.longestMs, tookMs)
  }

  /** Those that were called. */
  list(): FunctionProfile[] {
    return [...this.#functions]
      .filter(([, { callCount }]) => callCount > 0)
      .map(([name, counts]) => ({ name, ...counts }))
  }
}
