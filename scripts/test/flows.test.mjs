import { expect, it } from 'vitest'
import { checkFlows } from '../check-flows.mjs'
import { workspace } from './workspace.mjs'

const source = `
export function parseRequest(text: string): string { return text }
export const reply = 1
export class Connection {
  readonly #queue = []
  async receive(frame: string): Promise<void> { parseRequest(frame) }
}
`

it('accepts hops to functions, constants, classes and methods that exist', () => {
  const root = workspace({
    'src/a.ts': source,
    'docs/flows/x.md': '`src/a.ts#parseRequest` → `src/a.ts#reply` → `src/a.ts#Connection.receive`',
  })
  expect(checkFlows(root)).toEqual({ hops: 3, problems: [] })
})

it('rejects a hop whose file is gone', () => {
  const root = workspace({ 'docs/flows/x.md': '1. `src/gone.ts#parseRequest`' })
  expect(checkFlows(root).problems).toEqual(['docs/flows/x.md: src/gone.ts does not exist.'])
})

it('rejects a hop whose function was renamed, though it is still called somewhere', () => {
  const root = workspace({
    'src/a.ts': 'parseOld(1)\nexport function parseNew() {}\n',
    'docs/flows/x.md': '`src/a.ts#parseOld`',
  })
  expect(checkFlows(root).problems).toEqual(['docs/flows/x.md: src/a.ts declares no parseOld.'])
})
