import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { requirements } from '../requirements.ts'

test('every requirement is cited by a scenario, and every cited one exists', () => {
  const folder = new URL('.', import.meta.url)
  const cited = new Set(
    readdirSync(folder)
      .filter((name) => name.endsWith('.spec.ts') && name !== 'requirements.spec.ts')
      .flatMap((name) => [
        ...readFileSync(new URL(name, folder), 'utf8').matchAll(/\b(?:SBX|KEEP|FN|RUN|UI)-\d+\b/g),
      ])
      .map((match) => match[0]),
  )
  expect([...cited].sort()).toEqual(requirements.map((requirement) => requirement.id).sort())
})
