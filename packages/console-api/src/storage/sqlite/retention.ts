import { setImmediate as nextTurn } from 'node:timers/promises'
import { TOTALS_KEPT_MS, type Retention } from '../tables.ts'
import type { Database } from './database.ts'

/** Rows dropped in one transaction, so that requests go on in between. */
const CHUNK = 2000

/** Drops kept executions beyond the retention, then totals that no 24 h window can ask for. */
export async function prune(
  database: Database,
  retention: Retention,
  nowMs: number,
): Promise<void> {
  const { db } = database
  const oldestKeptMs = nowMs - retention.maxAgeMs
  const candidates = db.prepare(`
    SELECT function_id FROM stored_counts WHERE executions > ? OR bytes > ?
    UNION SELECT DISTINCT function_id FROM execution_details WHERE ended_at_ms <= ?`)
  for (const row of candidates.all(
    retention.maxPerFunction,
    retention.maxBytesPerFunction,
    oldestKeptMs,
  )) {
    await pruneFunction(database, row['function_id'] as string, { ...retention, oldestKeptMs })
  }
  const oldestTotalMs = nowMs - TOTALS_KEPT_MS
  await inChunks(database, () => {
    const thin = db.prepare(`DELETE FROM executions WHERE seq IN (SELECT seq FROM executions
      WHERE ended_at_ms <= ? AND seq NOT IN (SELECT seq FROM execution_details) LIMIT ?)`)
    return Number(thin.run(oldestTotalMs, CHUNK).changes)
  })
  database.write('NORMAL', () =>
    db
      .prepare('DELETE FROM execution_minutes WHERE minute < ?')
      .run(Math.floor(oldestTotalMs / 60_000)),
  )
}

function pruneFunction(
  database: Database,
  functionId: string,
  limits: Retention & { oldestKeptMs: number },
): Promise<void> {
  const { db } = database
  const drop = db.prepare(`
    DELETE FROM execution_details WHERE seq IN (
      SELECT seq FROM (
        SELECT seq, ended_at_ms, row_number() OVER newest AS place, sum(size_bytes) OVER newest AS bytes
        FROM execution_details WHERE function_id = ? WINDOW newest AS (ORDER BY seq DESC)
      ) WHERE place > ? OR bytes > ? OR ended_at_ms <= ? ORDER BY seq LIMIT ?
    ) RETURNING size_bytes`)
  const uncount = db.prepare(
    'UPDATE stored_counts SET executions = executions - ?, bytes = bytes - ? WHERE function_id = ?',
  )
  return inChunks(database, () => {
    const dropped = drop.all(
      functionId,
      limits.maxPerFunction,
      limits.maxBytesPerFunction,
      limits.oldestKeptMs,
      CHUNK,
    )
    const bytes = dropped.reduce((total, row) => total + Number(row['size_bytes']), 0)
    uncount.run(dropped.length, bytes, functionId)
    return dropped.length
  })
}

/** Drops everything that is left of gone functions; a crash in between is finished by the next call. */
export async function purge(database: Database): Promise<void> {
  const { db } = database
  const executions = db.prepare(
    'DELETE FROM executions WHERE seq IN (SELECT seq FROM executions WHERE function_id = ? LIMIT ?)',
  )
  const details = db.prepare(
    'DELETE FROM execution_details WHERE seq IN (SELECT seq FROM execution_details WHERE function_id = ? LIMIT ?)',
  )
  for (const row of db.prepare('SELECT function_id FROM gone_functions').all()) {
    const functionId = row['function_id'] as string
    await inChunks(database, () => Number(details.run(functionId, CHUNK).changes))
    await inChunks(database, () => Number(executions.run(functionId, CHUNK).changes))
    database.write('FULL', () => {
      db.prepare('DELETE FROM execution_minutes WHERE function_id = ?').run(functionId)
      db.prepare('DELETE FROM stored_counts WHERE function_id = ?').run(functionId)
      db.prepare('DELETE FROM gone_functions WHERE function_id = ?').run(functionId)
    })
  }
}

async function inChunks(database: Database, dropSome: () => number): Promise<void> {
  while (database.write('NORMAL', dropSome) === CHUNK) await nextTurn()
}
