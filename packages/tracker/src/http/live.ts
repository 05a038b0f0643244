import type { WireMessage } from '../contract/wire.ts'
import type { Tracker } from '../tracking/tracker.ts'
import type { TrackerMessage } from '../tracking/event-bus.ts'
import { toWireEvent, toWireGap, toWireState } from './to-wire.ts'

/** Where a reader resumes. */
export interface ResumePoint {
  /** The numbering it means; empty for whichever there is now. */
  readonly stream: string
  readonly seq: number
}

/** Reads `<stream>.<seq>` or `<seq>`; undefined for anything else. */
export const parseResumePoint = (text: string): ResumePoint | undefined => {
  const [, stream = '', seq] = /^(?:([0-9a-f]{8})\.)?(\d{1,15})$/.exec(text) ?? []
  return seq === undefined ? undefined : { stream, seq: Number(seq) }
}

/** Options of a live reader. */
export interface LiveOptions {
  readonly signal: AbortSignal
  /** Resume here; a snapshot comes first when it is absent or no longer kept. */
  readonly after?: ResumePoint
  /** Messages that may wait for a slow client. Default 1,024. */
  readonly bufferSize?: number
}

const snapshot = (tracker: Tracker): WireMessage => ({
  type: 'snapshot',
  stream: tracker.streamId,
  seq: tracker.seq,
  states: [...tracker.getAllWorkspaceStates().values()].map(toWireState),
})

const toMessage = (tracker: Tracker, message: TrackerMessage): WireMessage =>
  message.type === 'gap'
    ? toWireGap(message)
    : toWireEvent(message, tracker.getWorkspaceState(message.workspaceId))

/** A number of another stream is one that this stream cannot have kept. */
const never = Number.MAX_SAFE_INTEGER

/** Everything a live client is told, in order: a snapshot or what it missed, then each event, and a snapshot again after a gap. */
export async function* liveMessages(
  tracker: Tracker,
  options: LiveOptions,
): AsyncGenerator<WireMessage> {
  const { signal, after, bufferSize } = options
  const ours = after === undefined || after.stream === '' || after.stream === tracker.streamId
  const afterSeq = ours ? after?.seq : never
  const events = tracker.events({
    signal,
    ...(afterSeq === undefined ? {} : { afterSeq }),
    ...(bufferSize === undefined ? {} : { bufferSize }),
  })
  let seen = afterSeq ?? tracker.seq
  if (afterSeq === undefined) yield snapshot(tracker)
  for await (const event of events) {
    if (event.type !== 'gap' && event.seq <= seen) continue
    yield toMessage(tracker, event)
    if (event.type !== 'gap') continue
    const fresh = snapshot(tracker)
    seen = tracker.seq
    yield fresh
  }
}
