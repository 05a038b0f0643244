/** Why a session ended. */
export type CloseReason = 'closed' | 'idle' | 'lifetime' | 'shutdown' | 'broken'

/** What a session is doing. Commands are named by their number. */
export interface SessionState {
  readonly phase: 'open' | 'closing' | 'closed'
  readonly running: number | undefined
  /** Commands that wait for the running one, first come first. */
  readonly waiting: readonly number[]
  readonly executionCount: number
  readonly lastActivityMs: number
  readonly createdAtMs: number
  readonly idleTimeoutMs: number
  readonly maxLifetimeMs: number
  readonly maxWaiting: number
  readonly closeReason: CloseReason | undefined
}

export type SessionEvent =
  | { readonly type: 'CommandRequested'; readonly command: number; readonly atMs: number }
  | { readonly type: 'CommandWithdrawn'; readonly command: number; readonly atMs: number }
  /** Its answer is known; the engine may still be busy with it. */
  | { readonly type: 'CommandAnswered'; readonly command: number; readonly atMs: number }
  | { readonly type: 'CommandEnded'; readonly command: number; readonly atMs: number }
  | { readonly type: 'TimerFired'; readonly atMs: number }
  | { readonly type: 'CloseRequested'; readonly reason: CloseReason }
  | { readonly type: 'ContainerDestroyed' }

export type SessionEffect =
  | { readonly type: 'StartCommand'; readonly command: number }
  /** The command will never run. */
  | {
      readonly type: 'RefuseCommand'
      readonly command: number
      readonly reason: 'closed' | 'full' | 'withdrawn'
    }
  | { readonly type: 'AbortCommand'; readonly command: number }
  /** One timer; arming replaces the one before. */
  | { readonly type: 'ArmTimer'; readonly atMs: number }
  | { readonly type: 'DisarmTimer' }
  | { readonly type: 'DestroyContainer'; readonly reason: CloseReason }

export type SessionStep = readonly [SessionState, readonly SessionEffect[]]

const stay = (state: SessionState): SessionStep => [state, []]

/** When the session ends if nothing more happens. A session at work is never idle. */
export const selectDeadlineMs = (state: SessionState): number => {
  const lifetimeEnd = state.createdAtMs + state.maxLifetimeMs
  return state.running === undefined
    ? Math.min(lifetimeEnd, state.lastActivityMs + state.idleTimeoutMs)
    : lifetimeEnd
}

const withTimer = (state: SessionState, effects: readonly SessionEffect[]): SessionStep => [
  state,
  [...effects, { type: 'ArmTimer', atMs: selectDeadlineMs(state) }],
]

const onCommandRequested = (state: SessionState, command: number, atMs: number): SessionStep => {
  if (state.phase !== 'open') return [state, [{ type: 'RefuseCommand', command, reason: 'closed' }]]
  if (state.running === undefined)
    return withTimer(
      {
        ...state,
        running: command,
        lastActivityMs: atMs,
        executionCount: state.executionCount + 1,
      },
      [{ type: 'StartCommand', command }],
    )
  if (state.waiting.length >= state.maxWaiting)
    return [state, [{ type: 'RefuseCommand', command, reason: 'full' }]]
  return stay({ ...state, waiting: [...state.waiting, command], lastActivityMs: atMs })
}

const onCommandWithdrawn = (state: SessionState, command: number): SessionStep => {
  if (state.running === command) return [state, [{ type: 'AbortCommand', command }]]
  if (!state.waiting.includes(command)) return stay(state)
  const waiting = state.waiting.filter((other) => other !== command)
  return [{ ...state, waiting }, [{ type: 'RefuseCommand', command, reason: 'withdrawn' }]]
}

const onCommandAnswered = (state: SessionState, command: number, atMs: number): SessionStep =>
  stay(state.running === command ? { ...state, lastActivityMs: atMs } : state)

const onCommandEnded = (state: SessionState, command: number, atMs: number): SessionStep => {
  if (state.running !== command) return stay(state)
  const [next, ...waiting] = state.waiting
  const ended: SessionState = {
    ...state,
    running: undefined,
    lastActivityMs: Math.max(state.lastActivityMs, atMs),
  }
  if (state.phase !== 'open') return stay(ended)
  if (next === undefined) return withTimer(ended, [])
  return withTimer({ ...ended, running: next, waiting, executionCount: state.executionCount + 1 }, [
    { type: 'StartCommand', command: next },
  ])
}

const onCloseRequested = (state: SessionState, reason: CloseReason): SessionStep => {
  if (state.phase !== 'open') return stay(state)
  const aborted: readonly SessionEffect[] =
    state.running === undefined ? [] : [{ type: 'AbortCommand', command: state.running }]
  const refused = state.waiting.map((command): SessionEffect => ({
    type: 'RefuseCommand',
    command,
    reason: 'closed',
  }))
  return [
    { ...state, phase: 'closing', waiting: [], closeReason: reason },
    [{ type: 'DisarmTimer' }, ...refused, ...aborted, { type: 'DestroyContainer', reason }],
  ]
}

const onTimerFired = (state: SessionState, atMs: number): SessionStep => {
  if (state.phase !== 'open') return stay(state)
  if (atMs < selectDeadlineMs(state)) return withTimer(state, [])
  const isOld = atMs >= state.createdAtMs + state.maxLifetimeMs
  return onCloseRequested(state, isOld ? 'lifetime' : 'idle')
}

/** State and event → next state and what to do about it. Pure. */
export const reduceSession = (state: SessionState, event: SessionEvent): SessionStep => {
  switch (event.type) {
    case 'CommandRequested':
      return onCommandRequested(state, event.command, event.atMs)
    case 'CommandWithdrawn':
      return onCommandWithdrawn(state, event.command)
    case 'CommandAnswered':
      return onCommandAnswered(state, event.command, event.atMs)
    case 'CommandEnded':
      return onCommandEnded(state, event.command, event.atMs)
    case 'TimerFired':
      return onTimerFired(state, event.atMs)
    case 'CloseRequested':
      return onCloseRequested(state, event.reason)
    case 'ContainerDestroyed':
      return state.phase === 'closing' ? stay({ ...state, phase: 'closed' }) : stay(state)
  }
}
