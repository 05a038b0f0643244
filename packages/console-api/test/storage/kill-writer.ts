import { openSqliteTables } from '../../src/index.ts'
import { functionRow, record, workspaceRow } from './rows.ts'

/** Writes executions until it is killed, and says the id of each one once it is acknowledged. */
const tables = openSqliteTables({ path: process.argv[2] ?? '' })
await tables.workspaces.insert(workspaceRow())
await tables.functions.insert(functionRow())
for (let index = 0; ; index += 4) {
  const ids = [0, 1, 2, 3].map((offset) => `ex-${index + offset}`)
  await Promise.all(
    ids.map((id) => tables.executions.append(record({ id, endedAtMs: Date.now() }))),
  )
  process.stdout.write(`${ids.join('\n')}\n`)
}
