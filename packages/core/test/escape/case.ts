import type { LimitKind } from '../../src/guests/guest.ts'

/**
 * One attack. The program prints `held` for each thing that was refused it and `ESCAPED` when it got through, so that an
 * attack that never happened cannot pass for one that failed.
 */
export interface EscapeCase {
  /** Stable, for the published list: `py-01`, `js-01`, `sh-01`. */
  readonly id: string
  /** What is tried, as a noun phrase. */
  readonly tries: string
  readonly language: 'python' | 'javascript' | 'shell'
  /**
   * Source of the attack. `PORT` stands for a loopback port that someone listens on, `CANARY` for the name of an
   * environment variable of the host.
   */
  readonly program: string
  /**
   * `held`: the program itself reports that all was refused. `limit`: one of these limits ends it. `crash`: the program
   * ends with a code other than 0, without a word.
   */
  readonly ends:
    | { readonly held: true }
    | { readonly limit: readonly LimitKind[] }
    | { readonly crash: true }
  /** Wall-clock limit of the attack, milliseconds; default 20,000. Attacks that only time can end ask for less. */
  readonly timeoutMs?: number
}

/** How the end of a case reads in the published list. */
export function describeEnd(ends: EscapeCase['ends']): string {
  if ('held' in ends) return 'refused; the program goes on'
  if ('crash' in ends) return 'the program dies; nothing else does'
  return `ended by the ${ends.limit.join(' or ')} limit`
}
