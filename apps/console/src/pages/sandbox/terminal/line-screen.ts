import type { LineState } from './line-editor.ts'
import { textWidth, toCharacters, withoutEscapes } from './text-width.ts'

/** Where an entry is drawn. */
export interface LineFrame {
  readonly prompt: string
  readonly columns: number
  readonly rows: number
}

/** What stands before every line of an entry but the first. */
export const continuation = '> '

/**
 * What to write so that `next` stands where `previous` stood, on as many rows as it needs.
 * Without `previous` it starts on the row where the cursor is. An entry taller than the screen shows the lines around
 * its cursor, as what has left the screen cannot be drawn over.
 */
export function drawLine(
  previous: LineState | undefined,
  next: LineState,
  frame: LineFrame,
): string {
  const { columns } = frame
  const { before, after } = shownPart(next, frame)
  const cursor = follow(topLeft, withoutEscapes(before), columns)
  const end = follow(cursor, after, columns)
  const place = settle(cursor, columns)
  const last = settle(end, columns)
  const wrap = last.row > end.row ? '\r\n' : ''
  return `${overwrite(previous, frame)}${toScreen(before + after)}${wrap}${up(last.row - place.row)}\r${right(place.column)}`
}

/** What to write so that the whole text stands where `previous` stood, and the cursor on a new row below. */
export function drawSubmitted(previous: LineState, text: string, frame: LineFrame): string {
  return overwrite(previous, frame) + submitted(text, frame.prompt)
}

/** An entry as it stays on the screen. */
export function submitted(text: string, prompt: string): string {
  return `${toScreen(prompt + text.replaceAll('\n', `\n${continuation}`))}\r\n`
}

const up = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '')
const right = (columns: number) => (columns > 0 ? `\u001b[${columns}C` : '')
const toScreen = (text: string) => text.replaceAll('\n', '\r\n')

/** Back to the first row of what is drawn, and nothing left of it. */
function overwrite(previous: LineState | undefined, frame: LineFrame): string {
  if (previous === undefined) return '\r\u001b[J'
  const { before } = shownPart(previous, frame)
  const cursor = follow(topLeft, withoutEscapes(before), frame.columns)
  return `${up(settle(cursor, frame.columns).row)}\r\u001b[J`
}

interface Shown {
  /** What stands before the cursor, with the prompt. */
  readonly before: string
  readonly after: string
}

/** As many lines as fit: those above the cursor's first, then those below. */
function shownPart({ text, cursor }: LineState, { prompt, columns, rows }: LineFrame): Shown {
  const lines = text.split('\n').map((line, index) => (index === 0 ? prompt : continuation) + line)
  const before = toCharacters(text).slice(0, cursor).join('').split('\n')
  const at = before.length - 1
  const height = (index: number) =>
    follow(topLeft, withoutEscapes(lines[index] ?? ''), columns).row + 1
  let [from, to, left] = [at, at, rows - 1 - height(at)]
  while (from > 0 && height(from - 1) <= left) left -= height(--from)
  while (to < lines.length - 1 && height(to + 1) <= left) left -= height(++to)
  const cut = (at === 0 ? prompt : continuation).length + (before[at]?.length ?? 0)
  const current = lines[at] ?? ''
  return {
    before: [...lines.slice(from, at), current.slice(0, cut)].join('\n'),
    after: [current.slice(cut), ...lines.slice(at + 1, to + 1)].join('\n'),
  }
}

interface Cell {
  readonly row: number
  /** As many as there are columns: the next character begins a new row. */
  readonly column: number
}

const topLeft: Cell = { row: 0, column: 0 }

/** Where the cursor stands after a text; a wide character that does not fit in a row begins the next. */
function follow({ row, column }: Cell, text: string, columns: number): Cell {
  for (const character of text) {
    if (character === '\n') {
      row += 1
      column = 0
      continue
    }
    const width = textWidth(character)
    if (column + width > columns) {
      row += 1
      column = 0
    }
    column += width
  }
  return { row, column }
}

/** A cursor behind a full row, where a person would look for it. */
function settle({ row, column }: Cell, columns: number): Cell {
  return column < columns ? { row, column } : { row: row + 1, column: 0 }
}
