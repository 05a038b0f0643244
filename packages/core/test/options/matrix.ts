import type { Case } from '../both/case.ts'
import { closedTypes, elsewhere, type Elsewhere } from './elsewhere.ts'
import type { PublicTypes } from './public-types.ts'

/** An option or method, and the titles of what attacks it. */
export interface Row {
  readonly type: string
  readonly field: string
  /** In Node and in a page. */
  readonly attacks: readonly string[]
  readonly elsewhere: readonly Elsewhere[]
}

/** One row for each option and method that the package has. */
export function toRows({ options, methods }: PublicTypes, cases: readonly Case[]): Row[] {
  const fields = new Map<string, Set<string>>()
  for (const [type, names] of [...options, ...methods])
    fields.set(type, new Set([...(fields.get(type) ?? []), ...names]))
  return [...fields].flatMap(([type, names]) =>
    [...names].map((field) => {
      const key = `${type}.${field}`
      const attacks = cases.filter((one) => one.attacks?.includes(key)).map(({ title }) => title)
      return { type, field, attacks, elsewhere: elsewhere[key] ?? [] }
    }),
  )
}

/** The published list: fields of a type with the same attacks share a line. */
export function toMarkdown(rows: readonly Row[]): string {
  const types = Map.groupBy(rows, ({ type }) => type)
  const tables = [...types]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, of]) => table(type, of))
  const closed = Object.entries(closedTypes).map(([type, why]) => `- \`${type}\`: ${why}`)
  return `# Options of core and what attacks them

Every option and method that the public types of \`@gaesup-state/core\` have, ${rows.length} in all, and the tests that try to get the better of it.
The tests of a line run in Node and on a page of Chromium with the same code
([packages/core/test/options](../../packages/core/test/options),
[packages/core/test/containers/hostile](../../packages/core/test/containers/hostile)), unless the line says another place. What holds in a worker and in
a process as well is tried there by [packages/core/test/runtimes](../../packages/core/test/runtimes).
This page is written by \`UPDATE_DOCS=1 vitest run test/options/matrix.test.ts\` from the types and the tests, and compared with them in every test run: an option without
an attack fails it.

${tables.join('\n')}
## In Node only, and why

${inNodeOnly(rows).join('\n')}

## Not in this list

${closed.join('\n')}
- Interpreters and locked processes, which are for Node alone: [escape-suite.md](escape-suite.md)
`
}

/** What a page does not have at all, by the reason. */
function inNodeOnly(rows: readonly Row[]): string[] {
  const alone = rows.filter(
    ({ attacks, elsewhere: others }) =>
      attacks.length === 0 &&
      others.length > 0 &&
      others.every(({ where }) => where.startsWith('Node')),
  )
  const groups = Map.groupBy(alone, (row) => row.elsewhere[0]?.where ?? '')
  return [...groups].map(([where, group]) => {
    const names = group.map(({ type, field }) => `\`${type}.${field}\``).join(', ')
    return `- ${where.replace(/^Node: /, '')}: ${names}`
  })
}

function table(type: string, rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row.attacks, row.elsewhere]))
  const lines = [...groups.values()].flatMap((group) => {
    const names = group.map(({ field }) => `\`${field}\``).join(', ')
    const { attacks, elsewhere: others } = group[0] ?? { attacks: [], elsewhere: [] }
    const both = `| ${names} | ${attacks.join('<br>')} | Node, Chromium |`
    const rest = others.map(({ where, test }) => `| ${names} | ${test[1]} | ${where} |`)
    return attacks.length === 0 ? rest : [both, ...rest]
  })
  return `## ${type}

| option or method | what is tried | where |
| --- | --- | --- |
${lines.join('\n')}
`
}
