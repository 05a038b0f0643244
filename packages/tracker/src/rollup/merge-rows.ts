import type { RollupRow } from './rows.ts'

const join = (a: RollupRow, b: RollupRow): RollupRow => {
  const count = a.count + b.count
  return {
    ...a,
    count,
    min: Math.min(a.min, b.min),
    mean: count === 0 ? a.mean : (a.mean * a.count + b.mean * b.count) / count,
    max: Math.max(a.max, b.max),
    p95: Math.max(a.p95, b.p95),
    p99: Math.max(a.p99, b.p99),
  }
}

/** Joins rows of one series that share a period, as a restart leaves them. Their quantiles become the larger one, a bound from above. */
export const mergeRows = (rows: readonly RollupRow[]): ReadonlyMap<number, RollupRow> => {
  const byStart = new Map<number, RollupRow>()
  for (const row of rows) {
    const known = byStart.get(row.startMs)
    byStart.set(row.startMs, known === undefined ? row : join(known, row))
  }
  return byStart
}
