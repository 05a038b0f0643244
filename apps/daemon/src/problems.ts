/** Tells the person at the terminal what goes wrong in the background, without filling the terminal. */
export interface Problems {
  /** Says the problem once; the same subject again is counted for a minute and said with its number after that. */
  report(subject: string, text: string): void
  /** Says that the subject is well again, if it was not. */
  recovered(subject: string): void
}

export interface ProblemsPorts {
  readonly print: (line: string) => void
  /** Milliseconds. */
  readonly now: () => number
}

interface Known {
  readonly saidAtMs: number
  readonly unsaid: number
}

/** How long a subject stays silent after it was said, milliseconds. */
const quietMs = 60_000
/** Subjects that are remembered; the oldest is forgotten first. */
const mostSubjects = 200

export function createProblems({ print, now }: ProblemsPorts): Problems {
  const known = new Map<string, Known>()
  return {
    report(subject, text) {
      const before = known.get(subject)
      if (before !== undefined && now() - before.saidAtMs < quietMs) {
        known.set(subject, { ...before, unsaid: before.unsaid + 1 })
        return
      }
      const more =
        before === undefined || before.unsaid === 0 ? '' : ` (${before.unsaid} more since)`
      known.delete(subject)
      known.set(subject, { saidAtMs: now(), unsaid: 0 })
      const [oldest] = known.keys()
      if (known.size > mostSubjects && oldest !== undefined) known.delete(oldest)
      print(`gaesup: ${subject}: ${text}${more}`)
    },
    recovered(subject) {
      if (known.delete(subject)) print(`gaesup: ${subject}: works again`)
    },
  }
}
