// @vitest-environment node
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyLine,
  newLineKey,
  reduceLine,
  type LineState,
} from '../../src/pages/sandbox/terminal/line-editor.ts'
import {
  continuation,
  drawLine,
  drawSubmitted,
} from '../../src/pages/sandbox/terminal/line-screen.ts'
import { toCharacters } from '../../src/pages/sandbox/terminal/text-width.ts'

const prompt = '\u001b[36m/workspace\u001b[0m $ '
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
  newLineKey,
  newLineKey,
  '\r',
  '\u0003',
]
const typing = fc.array(
  fc.oneof(
    fc.constantFrom(...keys),
    fc.constantFrom('a', ' ', '가', '한글', '👍', 'é', '中', '\u0007x', 'a longer piece of text'),
  ),
  { maxLength: 40 },
)
const play = (data: readonly string[], from: LineState = emptyLine) =>
  data.reduce((state, key) => reduceLine(state, key)[0], from)

/** A real terminal, without a window. */
function openScreen(columns: number, rows: number) {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 })
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  const { active } = terminal.buffer
  return {
    write: (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve)),
    /** Lines as they were written: rows that only wrapped are joined. */
    lines: () => {
      const lines: string[] = []
      for (let row = 0; row < active.length; row++) {
        const full = active.getLine(row)?.translateToString(false) ?? ''
        if (active.getLine(row)?.isWrapped === true) lines.push((lines.pop() ?? '') + full)
        else lines.push(full)
      }
      return lines.map((line) => line.replaceAll(/\s/g, ''))
    },
    /** What stands from the cursor on. */
    fromCursor: () => {
      const at = active.baseY + active.cursorY
      const rows = [active.getLine(at)?.translateToString(false, active.cursorX)]
      for (let row = at + 1; row < active.length; row++)
        rows.push(active.getLine(row)?.translateToString(false))
      return rows.join('').replaceAll(/\s/g, '')
    },
  }
}

const bare = (text: string) => text.replaceAll(/\s/g, '')
const expected = (text: string) =>
  text.split('\n').map((line, index) => bare((index === 0 ? '/workspace $ ' : continuation) + line))

describe('the entry on the screen', () => {
  it('stands as it is held, whatever stood before it, on any width', async () => {
    await fc.assert(
      fc.asyncProperty(
        typing,
        typing,
        fc.integer({ min: 24, max: 80 }),
        async (first, second, columns) => {
          const frame = { prompt, columns, rows: 200 }
          const screen = openScreen(columns, 200)
          const previous = play(first)
          const next = play(second, previous)
          await screen.write(drawLine(undefined, previous, frame))
          await screen.write(drawLine(previous, next, frame))
          const drawn = screen.lines().join('\n').trimEnd()
          expect(drawn).toBe(expected(next.text).join('\n').trimEnd())
          const after = toCharacters(next.text).slice(next.cursor).join('')
          expect(screen.fromCursor()).toBe(bare(after.replaceAll('\n', `\n${continuation}`)))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('is the whole text once submitted, also when it is taller than the screen', async () => {
    const text = Array.from({ length: 30 }, (_, index) => `echo line ${index}`).join('\n')
    const frame = { prompt, columns: 40, rows: 8 }
    const screen = openScreen(40, 8)
    const typed = reduceLine(emptyLine, `\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`)[0]
    const longer = reduceLine(typed, '!')[0]
    await screen.write(drawLine(undefined, typed, frame))
    await screen.write(drawLine(typed, longer, frame))
    expect(screen.lines().filter((line) => line === bare('> echo line 29!'))).toHaveLength(1)
    expect(screen.lines().filter((line) => line === bare('> echo line 29'))).toHaveLength(0)
    await screen.write(drawSubmitted(longer, longer.text, frame))
    expect(screen.lines().filter((line) => line !== '')).toEqual(expected(`${text}!`))
  })
})
