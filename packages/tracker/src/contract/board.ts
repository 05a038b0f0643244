import type { WireMessage, WireState } from './wire.ts'

/** What a page shows. */
export interface Board {
  readonly states: ReadonlyMap<string, WireState>
  /** Names the numbering that `seq` belongs to; empty before the first snapshot. */
  readonly stream: string
  /** Number of the newest event in it. */
  readonly seq: number
  /** Something was missed, and the snapshot that corrects it has not arrived yet. */
  readonly stale: boolean
}

/** A board before its first message. */
export const emptyBoard: Board = { states: new Map(), stream: '', seq: 0, stale: true }

/** The value of `after` for a client that connects again; undefined before its first snapshot. */
export const resumeAfter = (board: Board): string | undefined =>
  board.stream === '' ? undefined : `${board.stream}.${board.seq}`

const concernsReader = (reason: string): boolean =>
  reason === 'reader_overflow' || reason === 'resume_too_old'

/** Applies a live message to a board. Pure: the same messages always give the same board. */
export const reduceBoard = (board: Board, message: WireMessage): Board => {
  if (message.type === 'heartbeat') return board
  if (message.type === 'snapshot') {
    const states = new Map(message.states.map((state) => [state.workspace_id, state]))
    return { states, stream: message.stream, seq: message.seq, stale: false }
  }
  if (message.type === 'gap')
    return concernsReader(message.reason) ? { ...board, stale: true } : board
  if (message.seq <= board.seq) return board
  if (message.state === undefined) return { ...board, seq: message.seq }
  const states = new Map(board.states)
  if (message.state === null) states.delete(message.workspace_id)
  else states.set(message.workspace_id, message.state)
  return { ...board, states, seq: message.seq }
}
