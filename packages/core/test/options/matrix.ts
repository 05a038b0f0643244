import type { Case } from '../both/case.ts'
import { closedTypes, nodeOnly, type NodeOnly } from './node-only.ts'
import type { PublicTypes } from './public-types.ts'

/** An option or method, and the titles of what attacks it. */
export interface Row {
  readonly type: string
  readonly field: string
  /** In Node and in a page. */
  readonly attacks: readonly string[]
  readonly inNode?: NodeOnly
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
      const inNode = nodeOnly[key]
      return { type, field, attacks, ...(inNode === undefined ? {} : { inNode }) }
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
[packages/core/test/containers/hostile](../../packages/core/test/containers/hostile)), unless the line says why it is Node alone. What holds in a worker and in
a process as well is tried there by [packages/core/test/runtimes](../../packages/core/test/runtimes).
This page is written by \`UPDATE_DOCS=1 vitest run test/options/matrix.test.ts\` from the types and the tests, and compared with them in every test run: an option without
an attack fails it.

${tables.join('\n')}
## Not in this list

${closed.join('\n')}
- Interpreters and locked processes, which are for Node alone: [escape-suite.md](escape-suite.md)
`
}

function table(type: string, rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, ({ attacks, inNode }) => JSON.stringify([attacks, inNode]))
  const lines = [...groups.values()].flatMap((group) => {
    const names = group.map(({ field }) => `\`${field}\``).join(', ')
    const { attacks = [], inNode } = group[0] ?? {}
    const both = `| ${names} | ${attacks.join('<br>')} | Node, Chromium |`
    const alone = `| ${names} | ${inNode?.test[1]} | Node: ${inNode?.why} |`
    return [...(attacks.length === 0 ? [] : [both]), ...(inNode === undefined ? [] : [alone])]
  })
  return `## ${type}

| option or method | what is tried | where |
| --- | --- | --- |
${lines.join('\n')}
`
}
