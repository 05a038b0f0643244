import type { WireMessage } from '../contract/wire.ts'
import type { Tracker } from '../tracking/tracker.ts'
import type { TrackerMessage } from '../tracking/event-bus.ts'
import { toWireEvent, toWireGap, toWireState } from './to-wire.ts'

/** Options of a live reader. */
export interface LiveOptions {
  readonly signal: AbortSignal
  /** Resume after this event number; a snapshot comes first when it is absent or no longer kept. */
  readonly afterSeq?: number
  /** Messages that may wait for a slow client. Default 1,024. */
  readonly bufferSize?: number
}

const snapshot = (tracker: Tracker): WireMessage => ({
  type: 'snapshot',
  seq: tracker.seq,
  states: [...tracker.getAllWorkspaceStates().values()].map(toWireState),
})

const toMessage = (tracker: Tracker, message: TrackerMessage): WireMessage =>
  message.type === 'gap'
    ? toWireGap(message)
    : toWireEvent(message, tracker.getWorkspaceState(message.workspaceId))

/** Everything a live client is told, in order: a snapshot or what it missed, then each event, and a snapshot again after a gap. */
export async function* liveMessages(
  tracker: Tracker,
  options: LiveOptions,
): AsyncGenerator<WireMessage> {
  const { signal, afterSeq, bufferSize } = options
  const resume = afterSeq === undefined ? {} : { afterSeq }
  const events = tracker.events({
    signal,
    ...resume,
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
