import { textWidth, toCharacters } from './text-width.ts'

/** The line being typed in the terminal, with what was typed before it. */
export interface LineState {
  readonly text: string
  /** Counts characters as people do, from 0. */
  readonly cursor: number
  readonly history: readonly string[]
  /** Place in `history`; its length means the line itself. */
  readonly place: number
  /** The line as it was before the history was walked. */
  readonly kept: string
}

export type LineEffect =
  | { readonly type: 'submit'; readonly line: string }
  | { readonly type: 'interrupt' }
  | { readonly type: 'clear' }

export const emptyLine: LineState = { text: '', cursor: 0, history: [], place: 0, kept: '' }

const longestHistory = 200

/** Applies one key or a piece of pasted text, as a terminal sends it. */
export function reduceLine(state: LineState, data: string): readonly [LineState, LineEffect?] {
  const key = Object.hasOwn(keys, data) ? keys[data] : undefined
  if (key !== undefined) return key(state)
  if (data.startsWith('\u001b')) return [state]
  const breakAt = data.search(/[\r\n]/)
  if (breakAt === -1) return [insert(state, data)]
  const typed = insert(state, data.slice(0, breakAt))
  return submit(typed)
}

const keys: Readonly<Record<string, (state: LineState) => readonly [LineState, LineEffect?]>> = {
  '\r': submit,
  '\n': submit,
  '\u007f': (state) => [state.cursor === 0 ? state : splice(state, state.cursor - 1, state.cursor)],
  '\b': (state) => [state.cursor === 0 ? state : splice(state, state.cursor - 1, state.cursor)],
  '\u001b[3~': (state) => [splice(state, state.cursor, state.cursor + 1)],
  '\u001b[D': (state) => [moveTo(state, state.cursor - 1)],
  '\u001b[C': (state) => [moveTo(state, state.cursor + 1)],
  '\u001b[H': (state) => [moveTo(state, 0)],
  '\u0001': (state) => [moveTo(state, 0)],
  '\u001b[F': (state) => [moveTo(state, Number.POSITIVE_INFINITY)],
  '\u0005': (state) => [moveTo(state, Number.POSITIVE_INFINITY)],
  '\u001b[A': (state) => [recall(state, state.place - 1)],
  '\u001b[B': (state) => [recall(state, state.place + 1)],
  '\u0003': (state) => [fresh(state), { type: 'interrupt' }],
  '\u000c': (state) => [state, { type: 'clear' }],
  '\u0015': (state) => [splice(state, 0, state.cursor)],
  '\u000b': (state) => [splice(state, state.cursor, Number.POSITIVE_INFINITY)],
  '\u0017': (state) => [splice(state, wordStart(state), state.cursor)],
  '\t': (state) => [insert(state, '    ')],
}

function submit(state: LineState): readonly [LineState, LineEffect] {
  const line = state.text
  const repeated = line.trim() === '' || state.history.at(-1) === line
  const history = repeated ? state.history : [...state.history, line].slice(-longestHistory)
  return [fresh({ ...state, history }), { type: 'submit', line }]
}

function fresh({ history }: LineState): LineState {
  return { text: '', cursor: 0, history, place: history.length, kept: '' }
}

function recall(state: LineState, place: number): LineState {
  if (place < 0 || place > state.history.length) return state
  const kept = state.place === state.history.length ? state.text : state.kept
  const text = state.history[place] ?? kept
  return { ...state, text, cursor: toCharacters(text).length, place, kept }
}

function insert(state: LineState, data: string): LineState {
  // Control characters of pasted text would confuse the screen.
  const added = toCharacters(data).filter((character) => character >= ' ')
  const before = toCharacters(state.text)
  before.splice(state.cursor, 0, ...added)
  return { ...state, text: before.join(''), cursor: state.cursor + added.length }
}

function splice(state: LineState, from: number, to: number): LineState {
  const characters = toCharacters(state.text)
  return {
    ...state,
    text: [...characters.slice(0, from), ...characters.slice(to)].join(''),
    cursor: from,
  }
}

function moveTo(state: LineState, cursor: number): LineState {
  return { ...state, cursor: Math.max(0, Math.min(cursor, toCharacters(state.text).length)) }
}

function wordStart({ text, cursor }: LineState): number {
  const before = toCharacters(text).slice(0, cursor).join('')
  return toCharacters(before.replace(/\S+\s*$/, '')).length
}

export interface LineFrame {
  readonly prompt: string
  readonly columns: number
}

/**
 * What to write so that `next` stands where `previous` stood, on as many rows as it needs.
 * Without `previous` it starts on the row where the cursor is.
 */
export function drawLine(
  previous: LineState | undefined,
  next: LineState,
  { prompt, columns }: LineFrame,
): string {
  const before = (state: LineState) =>
    textWidth(prompt) + textWidth(toCharacters(state.text).slice(0, state.cursor).join(''))
  const total = textWidth(prompt) + textWidth(next.text)
  const up = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '')
  const startRow = previous === undefined ? 0 : Math.floor(before(previous) / columns)
  const endRow = Math.floor(total / columns)
  const row = Math.floor(before(next) / columns)
  const column = before(next) % columns
  const wrap = total > 0 && total % columns === 0 ? '\r\n' : ''
  return `${up(startRow)}\r\u001b[J${prompt}${next.text}${wrap}${up(endRow - row)}\r${column > 0 ? `\u001b[${column}C` : ''}`
}
