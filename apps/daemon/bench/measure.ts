/** Milliseconds of repeated runs. */
export interface Timing {
  readonly medianMs: number
  readonly p95Ms: number
  readonly rounds: number
}

export interface Row {
  readonly name: string
  readonly ours: Timing
  readonly peers: readonly (readonly [name: string, timing: Timing])[]
}

/** Runs the work one at a time and keeps the median and the 95th percentile. */
export async function measure(
  rounds: number,
  work: () => Promise<void>,
  options: { pauseMs?: number } = {},
): Promise<Timing> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    if (options.pauseMs !== undefined)
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs))
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { medianMs: at(0.5), p95Ms: at(0.95), rounds }
}

/** One line a comparison: our median and p95, the peer's, and ours divided by the peer's. */
export function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map((row) => row.name.length))
  for (const { name, ours, peers } of rows) {
    for (const [peer, timing] of peers) {
      const ratio = (ours.medianMs / timing.medianMs).toFixed(2)
      console.log(`${name.padEnd(width)}  ${show(ours)}   ${peer} ${show(timing)}   ratio ${ratio}`)
    }
  }
}

function show({ medianMs, p95Ms, rounds }: Timing): string {
  return `${medianMs.toFixed(2)} ms (p95 ${p95Ms.toFixed(2)}, n=${rounds})`
}
