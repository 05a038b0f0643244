import { describe, expect, it } from 'vitest'
import { sectionOf } from '../../src/shell/app-shell.tsx'

describe('the navigation', () => {
  it.each([
    ['/', '/'],
    ['/w/ws-a', '/'],
    ['/w/ws-a/f/fn-b', '/'],
    ['/sandbox', '/sandbox'],
    ['/status', '/status'],
    ['/nowhere', undefined],
  ])('shows %s under %s', (path, section) => {
    expect(sectionOf(path)).toBe(section)
  })
})
