// @ts-expect-error -- the package has no types
import initSqlJs from 'sql.js'
import type { LimitedModule } from '../../src/index.ts'

/** What these tests use of sql.js. */
export interface Database {
  run(sql: string): void
  exec(sql: string): { readonly values: readonly unknown[][] }[]
}

interface SqlJs {
  readonly Database: new () => Database
}

/** A database of sql.js, whose glue gets the module with limits. */
export async function openSql({ instantiateWasm }: LimitedModule): Promise<Database> {
  const init = initSqlJs as (options: object) => Promise<SqlJs>
  const sql = await init({ instantiateWasm })
  return new sql.Database()
}
