import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { allCases } from './cases.ts'
import { toMarkdown, toRows } from './matrix.ts'
import { closedTypes, elsewhere } from './elsewhere.ts'
import { readPublicTypes } from './public-types.ts'

const entries = [
  'src/index.ts',
  'src/registry/index.ts',
  'src/registry/node/index.ts',
  'src/compile/index.ts',
  'src/files/index.ts',
  'src/files/host/index.ts',
  'src/wasi/index.ts',
  'src/runtimes/index.ts',
  'src/metrics/index.ts',
]
const rows = toRows(readPublicTypes(entries, new Set(Object.keys(closedTypes))), allCases)
const keys = rows.map(({ type, field }) => `${type}.${field}`)

test('every option and method of the public types has an attack', () => {
  expect(rows.length).toBeGreaterThan(200)
  const bare = rows.filter((one) => one.attacks.length + one.elsewhere.length === 0)
  expect(
    bare.map(({ type, field }) => `${type}.${field}`),
    'name these in `attacks` of a case of test/options, or in elsewhere.ts',
  ).toEqual([])
})

test('what is attacked is there, and has one case of each title', () => {
  const named = [...allCases.flatMap(({ attacks = [] }) => attacks), ...Object.keys(elsewhere)]
  expect([...new Set(named)].filter((key) => !keys.includes(key))).toEqual([])
  const titles = allCases.map(({ title }) => title)
  expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([])
})

test.each(Object.entries(elsewhere))('%s is attacked by tests that are there', (_, others) => {
  for (const {
    test: [file, title],
  } of others) {
    const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
    expect(source.includes(`'${title}`), `${file} has no "${title}"`).toBe(true)
  }
})

test('is published as it is', () => {
  const page = new URL('../../../../docs/security/core-options.md', import.meta.url)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, toMarkdown(rows))
  expect(readFileSync(page, 'utf8')).toBe(toMarkdown(rows))
})
