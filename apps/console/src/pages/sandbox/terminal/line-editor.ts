import { toCharacters } from './text-width.ts'

/** What is being typed in the terminal, of one or several lines, with what was typed before it. */
export interface LineState {
  readonly text: string
  /** Counts characters as people do, from 0; a line break is one. */
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
// oxlint-disable-next-line no-control-regex -- this is how terminals mark what is pasted
const pasted = /^\u001b\[200~([^]*)\u001b\[201~$/

/** Alt+Enter as terminals send it; the console's terminal sends it for Shift+Enter, too. */
export const newLineKey = '\u001b\r'

/** Applies one key or one paste, as a terminal sends it. Several lines become one entry; only Enter submits. */
export function reduceLine(state: LineState, data: string): readonly [LineState, LineEffect?] {
  const key = Object.hasOwn(keys, data) ? keys[data] : undefined
  if (key !== undefined) return key(state)
  const paste = pasted.exec(data)?.[1]
  if (paste !== undefined) return [insert(state, paste.replace(/\s*$/, ''))]
  return data.startsWith('\u001b') ? [state] : [insert(state, data)]
}

/** Cuts what a terminal sent into keys and pastes, so that each Enter stands alone. */
export function toKeys(data: string): readonly string[] {
  if (pasted.test(data) || data === newLineKey) return [data]
  return data.split(/(\r\n?|\n)/).flatMap((part) => {
    if (part === '') return []
    return /^[\r\n]/.test(part) ? ['\r'] : [part]
  })
}

const keys: Readonly<Record<string, (state: LineState) => readonly [LineState, LineEffect?]>> = {
  '\r': submit,
  '\n': submit,
  [newLineKey]: (state) => [insert(state, '\n')],
  '\u007f': (state) => [state.cursor === 0 ? state : splice(state, state.cursor - 1, state.cursor)],
  '\b': (state) => [state.cursor === 0 ? state : splice(state, state.cursor - 1, state.cursor)],
  '\u001b[3~': (state) => [splice(state, state.cursor, state.cursor + 1)],
  '\u001b[D': (state) => [moveTo(state, state.cursor - 1)],
  '\u001b[C': (state) => [moveTo(state, state.cursor + 1)],
  '\u001b[H': (state) => [moveTo(state, lineStart(state))],
  '\u0001': (state) => [moveTo(state, lineStart(state))],
  '\u001b[F': (state) => [moveTo(state, lineEnd(state))],
  '\u0005': (state) => [moveTo(state, lineEnd(state))],
  '\u001b[A': (state) => [moveUp(state) ?? recall(state, state.place - 1)],
  '\u001b[B': (state) => [moveDown(state) ?? recall(state, state.place + 1)],
  '\u0003': (state) => [fresh(state), { type: 'interrupt' }],
  '\u000c': (state) => [state, { type: 'clear' }],
  '\u0015': (state) => [splice(state, lineStart(state), state.cursor)],
  '\u000b': (state) => [splice(state, state.cursor, lineEnd(state))],
  '\u0017': (state) => [splice(state, wordStart(state), state.cursor)],
  '\t': (state) => [insert(state, '\t')],
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
  const text = data.replaceAll(/\r\n?/g, '\n').replaceAll('\t', '    ')
  // Other control characters of pasted text would confuse the screen.
  const added = toCharacters(text).filter((character) => character >= ' ' || character === '\n')
  const before = toCharacters(state.text)
  const joined = [...before.slice(0, state.cursor), ...added, ...before.slice(state.cursor)].join(
    '',
  )
  const head = [...before.slice(0, state.cursor), ...added].join('')
  return { ...state, text: joined, cursor: toCharacters(head).length }
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

function lineStart({ text, cursor }: LineState): number {
  return cursor === 0 ? 0 : toCharacters(text).lastIndexOf('\n', cursor - 1) + 1
}

function lineEnd({ text, cursor }: LineState): number {
  const characters = toCharacters(text)
  const end = characters.indexOf('\n', cursor)
  return end === -1 ? characters.length : end
}

/** The same column one line further up; undefined on the first line. */
function moveUp(state: LineState): LineState | undefined {
  const start = lineStart(state)
  if (start === 0) return undefined
  const end = start - 1
  const above = lineStart({ ...state, cursor: end })
  return moveTo(state, Math.min(above + state.cursor - start, end))
}

/** The same column one line further down; undefined on the last line. */
function moveDown(state: LineState): LineState | undefined {
  const end = lineEnd(state)
  if (end === toCharacters(state.text).length) return undefined
  const below = end + 1
  const column = state.cursor - lineStart(state)
  return moveTo(state, Math.min(below + column, lineEnd({ ...state, cursor: below })))
}

function wordStart({ text, cursor }: LineState): number {
  const before = toCharacters(text).slice(0, cursor).join('')
  return toCharacters(before.replace(/\S+\s*$/, '')).length
}
