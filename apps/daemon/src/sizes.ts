/** What the machine has. */
export interface Machine {
  readonly memoryBytes: number
  readonly processors: number
}

/** What a Python that waits for calls takes. */
const instanceBytes = 125 * 2 ** 20

/**
 * How many functions stay ready, in a quarter of the machine's memory, and how many start at the same time: a start keeps a
 * processor busy from its beginning to its end, so one more than there are processors makes all of them later.
 */
export function functionSizes(machine: Machine): { maxInstances: number; maxStarting: number } {
  const fitting = Math.floor(machine.memoryBytes / 4 / instanceBytes)
  return {
    maxInstances: Math.max(8, Math.min(64, fitting)),
    maxStarting: Math.max(2, machine.processors),
  }
}
