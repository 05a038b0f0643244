import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compareVersions,
  matchesRange,
  newestMatch,
  parseRange,
  parseVersion,
} from '../../src/registry/semver-range.ts'

/** Version, range, and whether it matches: recorded from the npm package semver 7.8.6. */
const recorded = JSON.parse(
  readFileSync(new URL('semver-cases.json', import.meta.url), 'utf8'),
) as [string, string, boolean][]

test('800 recorded answers of npm are given again', () => {
  expect(recorded.length).toBe(800)
  for (const [text, rangeText, isMatch] of recorded) {
    const version = parseVersion(text)
    const range = parseRange(rangeText)
    expect(version !== undefined && range !== undefined, rangeText).toBe(true)
    if (version === undefined || range === undefined) continue
    expect(matchesRange(version, range), `${text} in ${rangeText}`).toBe(isMatch)
  }
})

test.each([
  '',
  '1.2',
  '1.2.3.4',
  '01.2.3',
  '1.2.3-',
  '1.2.3-01',
  '1.2.3+',
  'a',
  '1.2.3 ',
  '9'.repeat(300),
])('%j is no version', (text) => {
  expect(parseVersion(text)).toBeUndefined()
})

test.each([
  '>',
  '^',
  '~',
  '= =1.0.0',
  '1..2',
  'x.1',
  'latest',
  '1.2.3 -',
  ' - ',
  '>1 ||| <2',
  '*'.repeat(300),
])('%j is no range', (text) => {
  expect(parseRange(text)).toBeUndefined()
})

test('the newest version that matches is picked, prereleases only when asked for', () => {
  const tags = ['latest', '1.2.0', '1.10.0', '1.9.9', '2.0.0-rc.1', '2.0.0-rc.10', 'sha256-00.sig']
  const newest = (range: string): string | undefined => newestMatch(tags, parseRange(range) ?? [])
  expect(newest('^1')).toBe('1.10.0')
  expect(newest('*')).toBe('1.10.0')
  expect(newest('>=2.0.0-rc.2 <2.0.0')).toBe('2.0.0-rc.10')
  expect(newest('^3')).toBeUndefined()
})

test('no text makes the parsers throw or hang, and versions are in one order', () => {
  const version = fc
    .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-a', '-1', '-a.1', '-0'))
    .map(([major, minor, patch, tail]) => `${major}.${minor}.${patch}${tail}`)
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      version,
      version,
      (text, left, right) => {
        const range = parseRange(text)
        const [one, other] = [parseVersion(left), parseVersion(right)]
        if (one === undefined || other === undefined) throw new Error('a version was not read')
        if (range !== undefined) matchesRange(one, range)
        expect(Math.sign(compareVersions(one, other))).toBe(
          0 - Math.sign(compareVersions(other, one)),
        )
        expect(compareVersions(one, other) === 0).toBe(left === right)
      },
    ),
    { numRuns: 500 },
  )
})
