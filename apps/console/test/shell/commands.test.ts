import { describe, expect, it } from 'vitest'
import { filterCommands } from '../../src/shell/commands.ts'

const command = (label: string, group: string) => ({
  key: label,
  label,
  group,
  run: () => undefined,
})
const commands = [
  command('my-orders', 'Production'),
  command('Orders', 'Lab'),
  command('Status', 'Page'),
]
const found = (query: string) => filterCommands(commands, query).map(({ label }) => label)

describe('command palette', () => {
  it('shows everything for an empty query', () =>
    expect(found('  ')).toEqual(['my-orders', 'Orders', 'Status']))
  it('puts what starts with the query first', () =>
    expect(found('orders')).toEqual(['Orders', 'my-orders']))
  it('wants every word, also of the group', () => expect(found('ord prod')).toEqual(['my-orders']))
  it('finds nothing for what is not there', () => expect(found('zzz')).toEqual([]))
})
