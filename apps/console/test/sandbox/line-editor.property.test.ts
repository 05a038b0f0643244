import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  drawLine,
  emptyLine,
  reduceLine,
  type LineState,
} from '../../src/pages/sandbox/line-editor.ts'
import { textWidth, toCharacters } from '../../src/pages/sandbox/text-width.ts'

const keys = [
  '\u007f',
  '\u001b[3~',
  '\u001b[D',
  '\u001b[C',
  '\u001b[H',
  '\u001b[F',
  '\u001b[A',
  '\u001b[B',
  '\u0015',
  '\u000b',
  '\u0017',
  '\r',
  '\u0003',
]
const typing = fc.array(
  fc.oneof(
    fc.constantFrom(...keys),
    fc.constantFrom('a', ' ', '가', '한글', '👍', 'e\u0301', '中', '\u0007x'),
  ),
  { maxLength: 40 },
)
const play = (data: readonly string[], from: LineState = emptyLine) =>
  data.reduce((state, key) => reduceLine(state, key)[0], from)

describe('line editor', () => {
  it('puts the cursor of the screen where the line has it, on any width', () => {
    fc.assert(
      fc.property(typing, typing, fc.integer({ min: 12, max: 80 }), (first, second, columns) => {
        const previous = play(first)
        const next = play(second, previous)
        const frame = { prompt: '/workspace $ ', columns }
        fc.pre(
          fitsEvenly(frame.prompt + previous.text, columns) &&
            fitsEvenly(frame.prompt + next.text, columns),
        )
        const screen = createScreen(columns)
        screen.write(drawLine(undefined, previous, frame))
        screen.write(drawLine(previous, next, frame))
        const before =
          textWidth(frame.prompt) +
          textWidth(toCharacters(next.text).slice(0, next.cursor).join(''))
        expect(screen.cursor()).toEqual({
          row: Math.floor(before / columns),
          column: before % columns,
        })
      }),
    )
  })
})

/** A wide character that does not fit at the end of a row is moved by terminals; the editor counts without that. */
function fitsEvenly(text: string, columns: number): boolean {
  let column = 0
  for (const character of toCharacters(text)) {
    const width = textWidth(character)
    if (column + width > columns) return false
    column = (column + width) % columns
  }
  return true
}

// oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
const sequences = /\u001b\[(\d*)([A-Za-z])|\r|\n|[^]/gu

/** Follows the cursor as a terminal would, with the pending wrap at the end of a row. */
function createScreen(columns: number) {
  let row = 0
  let column = 0
  const put = (width: number) => {
    if (column + width > columns) {
      row += 1
      column = 0
    }
    column += width
  }
  const escape = (count: number, kind: string) => {
    if (kind === 'A') row -= count
    if (kind === 'C') column += count
  }
  return {
    cursor: () => ({ row, column }),
    write: (text: string) => {
      for (const [token, count, kind = ''] of text.matchAll(sequences)) {
        if (token.startsWith('\u001b')) escape(Number(count || 1), kind)
        else if (token === '\r') column = 0
        else if (token === '\n') row += 1
        else put(textWidth(token))
      }
    },
  }
}
