import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en } from '../../src/i18n/en.ts'
import type { MessageKey } from '../../src/i18n/locale.ts'

const keys = Object.keys(en) as MessageKey[]

/** Keys that are put together of a prefix and a value of a closed union. */
const composed = ['theme.', 'sandbox.limit.', 'part.']

describe('dictionaries', () => {
  it('every key is used by the source', () => {
    const source = sourceOf('src')
    const unused = keys.filter(
      (key) => !source.includes(`'${key}'`) && !composed.some((start) => key.startsWith(start)),
    )
    expect(unused).toEqual([])
  })
})

function sourceOf(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !/^(en|ko)(\.ts)?$/.test(name))
    .map((entry) =>
      entry.isDirectory()
        ? sourceOf(join(folder, entry.name))
        : readFileSync(join(folder, entry.name), 'utf8'),
    )
    .join('\n')
}
