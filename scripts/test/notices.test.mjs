import { expect, it } from 'vitest'
import { notices } from '../notices.mjs'

const some = (license, name = 'x') => ({ name, version: '1.0.0', license, text: `${license} text` })

it('lists each package with its licence and text', () => {
  const { text, refused } = notices([some('MIT', 'a'), some('MIT', 'b'), some('ISC', 'c')])
  expect(refused).toEqual([])
  expect(text).toContain('| a | 1.0.0 | MIT |')
  expect(text).toContain('## a 1.0.0, b 1.0.0\n\n```text\nMIT text\n```')
})

it.each(['GPL-3.0-only', 'AGPL-3.0', 'SSPL-1.0', 'Unknown', 'MIT AND GPL-2.0', 'BUSL-1.1'])(
  'refuses %s',
  (license) => {
    expect(notices([some(license)]).refused).toEqual([`x 1.0.0: ${license}`])
  },
)

it.each([
  'MIT',
  '(MPL-2.0 OR Apache-2.0)',
  'MIT OR GPL-3.0',
  'MIT AND ISC',
  'Apache-2.0 WITH LLVM-exception',
])('accepts %s', (license) => {
  expect(notices([some(license)]).refused).toEqual([])
})

it('says so when a package holds no licence text', () => {
  expect(notices([{ ...some('MIT'), text: undefined }]).text).toContain(
    'Its package holds no licence text; it declares MIT.',
  )
})
