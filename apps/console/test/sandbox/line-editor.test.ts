import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyLine,
  newLineKey,
  reduceLine,
  toKeys,
  type LineState,
} from '../../src/pages/sandbox/terminal/line-editor.ts'
import { textWidth, toCharacters } from '../../src/pages/sandbox/terminal/text-width.ts'

const up = '\u001b[A'
const down = '\u001b[B'
const left = '\u001b[D'

/** The state after all keys, and what they asked for. */
function type(...keys: string[]) {
  let state: LineState = emptyLine
  const effects: unknown[] = []
  for (const key of keys.flatMap(toKeys)) {
    const [next, effect] = reduceLine(state, key)
    state = next
    if (effect !== undefined) effects.push(effect)
  }
  return { state, effects }
}

describe('the terminal line', () => {
  it('submits what was typed and begins anew', () => {
    const { state, effects } = type('l', 's', '\r')
    expect(effects).toEqual([{ type: 'submit', line: 'ls' }])
    expect(state).toMatchObject({ text: '', cursor: 0, history: ['ls'] })
  })

  it('edits in the middle, by characters as people count them', () => {
    expect(type('한글', left, 'x').state.text).toBe('한x글')
    expect(type('a👩‍👩‍👧b', left, '\u007f').state.text).toBe('ab')
    expect(type('one two', '\u0017').state.text).toBe('one ')
    expect(type('one two', '\u0001', '\u000b').state.text).toBe('')
  })

  it('walks the history and comes back to the unfinished line', () => {
    const { state } = type('a\r', 'b\r', 'unfinished', up, up, up)
    expect(state.text).toBe('a')
    expect(type('a\r', 'b\r', 'unfinished', up, up, down, down).state.text).toBe('unfinished')
  })

  it('keeps no empty and no repeated lines', () => {
    expect(type('a\r', 'a\r', '  \r').state.history).toEqual(['a'])
  })

  it('interrupts on Ctrl+C and forgets the line', () => {
    const { state, effects } = type('sleep', '\u0003')
    expect(effects).toEqual([{ type: 'interrupt' }])
    expect(state.text).toBe('')
  })

  it('takes no control characters from what is pasted', () => {
    expect(type('a\u0007b\u0000c').state.text).toBe('abc')
  })

  it('stays consistent whatever is typed', () => {
    const keys = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          up,
          down,
          left,
          newLineKey,
          '\u001b[C',
          '\u007f',
          '\r',
          '\u0017',
          '\t',
          '\u001b[H',
        ),
      ),
    )
    fc.assert(
      fc.property(keys, (typed) => {
        const { state } = type(...typed)
        expect(state.cursor).toBeGreaterThanOrEqual(0)
        expect(state.cursor).toBeLessThanOrEqual(toCharacters(state.text).length)
        expect(state.place).toBeLessThanOrEqual(state.history.length)
      }),
    )
  })

  it('makes one entry of several pasted lines, which Enter then submits', () => {
    const paste = '\u001b[200~for n in 1 2\r\n\tdo echo $n\r\ndone\r\n\u001b[201~'
    const { state, effects } = type('x ', paste)
    expect(effects).toEqual([])
    expect(state.text).toBe('x for n in 1 2\n    do echo $n\ndone')
    expect(type('x ', paste, '\r').effects).toEqual([{ type: 'submit', line: state.text }])
  })

  it('loses no line of what arrives in one piece without the marks of a paste', () => {
    expect(type('echo one\recho two\recho three').effects).toEqual([
      { type: 'submit', line: 'echo one' },
      { type: 'submit', line: 'echo two' },
    ])
    expect(type('echo one\recho two\recho three').state.text).toBe('echo three')
  })

  it('begins a new line on Shift+Enter and moves between the lines before it walks the history', () => {
    const lines = ['old\r', 'first', newLineKey, '둘째', newLineKey, 'third']
    expect(type(...lines, up, up, 'x').state.text).toBe('fixrst\n둘째\nthird')
    expect(type(...lines, up, 'x').state.text).toBe('first\n둘째x\nthird')
    expect(type(...lines, up, up, up).state.text).toBe('old')
    expect(type(...lines, up, up, up, down).state.text).toBe('first\n둘째\nthird')
    expect(type(...lines, up, '\u0001', 'x').state.text).toBe('first\nx둘째\nthird')
    expect(type(...lines, up, '\u0015').state.text).toBe('first\n\nthird')
  })
})

describe('the width of text', () => {
  it.each([
    ['abc', 3],
    ['한글', 4],
    ['👍', 2],
    ['e\u0301', 1],
    ['\u001b[31mred\u001b[0m', 3],
  ])('of %j is %d cells', (text, cells) => {
    expect(textWidth(text)).toBe(cells)
  })
})
