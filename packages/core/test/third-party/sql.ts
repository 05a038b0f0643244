import type { LimitedModule } from '../../src/index.ts'

/** What these tests use of sql.js. */
export interface Database {
  run(sql: string): void
  exec(sql: string): { readonly values: readonly unknown[][] }[]
}

interface SqlJs {
  readonly Database: new () => Database
}

type Init = (options: object) => Promise<SqlJs>

/**
 * A database of sql.js, whose glue gets the module with limits. The glue remembers the first module it ever got, so it is evaluated anew for
 * each: `glue` is its text.
 */
export async function openSql(
  { instantiateWasm }: LimitedModule,
  glue: Uint8Array,
): Promise<Database> {
  const text = `${new TextDecoder().decode(glue)}\nreturn initSqlJs`
  // oxlint-disable-next-line typescript/no-implied-eval -- a script that is no module, as its package has it
  const evaluate = new Function('module', 'require', '__dirname', text) as (
    ...scope: unknown[]
  ) => Init
  const require = (name: string): unknown => process.getBuiltinModule(name)
  const sql = await evaluate(undefined, require, '')({ instantiateWasm })
  return new sql.Database()
}
