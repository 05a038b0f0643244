import { describe, expect, it } from 'vitest'
import {
  commandFor,
  isChangeOfFolder,
  join,
  parentFolder,
  toShellCommand,
} from '../src/pages/sandbox/shell.ts'
import {
  parseFunctionSearch,
  parseSandboxSearch,
  parseWorkspaceSearch,
} from '../src/search-params.ts'

describe('what stands in the address', () => {
  it('is read, and unknown values are left out', () => {
    expect(parseWorkspaceSearch({ q: 'auth', status: 'active', other: 1 })).toEqual({
      q: 'auth',
      status: 'active',
    })
    expect(parseWorkspaceSearch({ q: '', status: 'gone' })).toEqual({})
    expect(parseFunctionSearch({ tab: 'runs', run: 7 })).toEqual({ tab: 'runs', run: '7' })
    expect(parseFunctionSearch({ tab: { evil: true } })).toEqual({})
    expect(parseSandboxSearch({ session: ['a'] })).toEqual({})
  })
})

describe('a typed line', () => {
  it.each(['cd', 'cd src', 'cd "a b"', "  cd 'x'  "])('%j changes the folder', (line) => {
    expect(isChangeOfFolder(line)).toBe(true)
    expect(toShellCommand(line).args[1]).toMatch(/&& pwd$/)
  })

  it.each(['cd a b', 'cd $(rm -rf /)', 'cd a; ls', 'cd a && ls', 'echo cd', 'cdx'])(
    '%j runs as it is',
    (line) => {
      expect(isChangeOfFolder(line)).toBe(false)
      expect(toShellCommand(line)).toEqual({ program: 'sh', args: ['-c', line] })
    },
  )

  it('knows how a file of each language is run', () => {
    expect(commandFor('python', '/workspace/main.py')).toEqual({
      program: 'python3',
      args: ['/workspace/main.py'],
    })
    expect(commandFor('javascript', 'a.js')).toEqual({ program: 'node', args: ['a.js'] })
    expect(commandFor('go', 'a.go')).toBeUndefined()
  })

  it('joins and leaves folders', () => {
    expect([join('/workspace', 'a'), join('/workspace/', 'a'), join('/x', '/abs')]).toEqual([
      '/workspace/a',
      '/workspace/a',
      '/abs',
    ])
    expect([parentFolder('/workspace/src'), parentFolder('/workspace'), parentFolder('/')]).toEqual(
      ['/workspace', '/', '/'],
    )
  })
})
