import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Everything that a source file loads at run time, itself included; types are no loads. */
function reach(file: URL, seen: Map<string, string[]> = new Map()): Map<string, string[]> {
  if (seen.has(file.href)) return seen
  const source = readFileSync(file, 'utf8')
  const loads = [...source.matchAll(/^(?:import|export)(?! type)[^'"]*?from '([^']+)'/gm)]
  const specifiers = loads.map(([, specifier = '']) => specifier)
  seen.set(file.href, specifiers)
  for (const one of specifiers.filter((name) => name.startsWith('.')))
    reach(new URL(one, file), seen)
  return seen
}

test('validation loads nothing but files of this package, so that it runs in a browser', () => {
  const reached = reach(new URL('../../src/validate/index.ts', import.meta.url))
  expect(reached.size).toBeGreaterThan(10)
  expect([...reached.values()].flat().filter((name) => !name.startsWith('.'))).toEqual([])
})
