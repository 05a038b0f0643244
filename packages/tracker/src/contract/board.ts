import type { WireMessage, WireState } from './wire.ts'

/** What a page shows. */
export interface Board {
  readonly states: ReadonlyMap<string, WireState>
  /** Resume after this event. */
  readonly seq: number
  /** Something was missed: connect again without `after` to get a snapshot. */
  readonly stale: boolean
}

/** A page before its first message. */
export const emptyBoard: Board = { states: new Map(), seq: 0, stale: true }

/** Applies a live message to what a page shows. Pure: the same messages always give the same board. */
export const reduceBoard = (board: Board, message: WireMessage): Board => {
  if (message.type === 'snapshot') {
    return {
      states: new Map(message.states.map((state) => [state.workspace_id, state])),
      seq: message.seq,
      stale: false,
    }
  }
  if (message.type === 'gap')
    return {
      ...board,
      stale:
        message.reason === 'reader_overflow' || message.reason === 'resume_too_old'
          ? true
          : board.stale,
    }
  if (message.seq <= board.seq) return board
  if (message.state === undefined) return { ...board, seq: message.seq }
  const states = new Map(board.states)
  if (message.state === null) states.delete(message.workspace_id)
  else states.set(message.workspace_id, message.state)
  return { ...board, states, seq: message.seq }
}
