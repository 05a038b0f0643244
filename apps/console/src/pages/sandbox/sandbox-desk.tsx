import { useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { StatusDot, type Tone } from '../../ui/surfaces.tsx'
import type { ConnectionState } from './connection.ts'
import { sessionsQuery } from './queries.ts'
import type { SessionInfo } from './session-identity.ts'
import { SessionList } from './session-list.tsx'
import { SessionView } from './session-view.tsx'
import { StartSession } from './start-session.tsx'
import { useLast } from './use-last.ts'

const route = getRouteApi('/sandbox')

export interface SandboxDeskProps {
  readonly state: ConnectionState
  readonly onRetry: () => void
}

/** Sessions on the left, the open one beside them. What was open stays on the screen while the connection is away. */
export function SandboxDesk({ state, onRetry }: SandboxDeskProps) {
  const { t } = useI18n()
  const client = useLast(state.name === 'open' ? state.client : undefined)
  if (client === undefined) {
    return (
      <div className="page" aria-busy={state.name === 'connecting'}>
        <ConnectionLine state={state} />
        {state.name === 'lost' && state.error !== undefined && (
          <ErrorPanel title={t('sandbox.unreachable')} error={state.error} onRetry={onRetry} />
        )}
      </div>
    )
  }
  return <Sessions client={client} state={state} onRetry={onRetry} />
}

interface SessionsProps extends SandboxDeskProps {
  readonly client: SandboxClient
}

function Sessions({ client, state, onRetry }: SessionsProps) {
  const { t } = useI18n()
  const { session: wanted } = route.useSearch()
  const connected = state.name === 'open'
  const sessions = useQuery(sessionsQuery(client, connected))
  const newest = sortSessions(sessions.data)
  const openId = wanted ?? newest?.[0]?.sessionId
  usePinned(wanted === undefined ? openId : undefined)
  const open = sessions.data?.find(({ sessionId }) => sessionId === openId)
  return (
    <div className="desk">
      <aside className="desk-side" aria-label={t('sandbox.sessions')}>
        <ConnectionLine state={state} />
        {state.name === 'lost' && (
          <Button size="small" onClick={onRetry}>
            {t('sandbox.reconnect')}
          </Button>
        )}
        <SessionList client={client} connected={connected} sessions={newest} openId={openId} />
        {sessions.error !== null && connected && (
          <ErrorPanel error={sessions.error} onRetry={() => void sessions.refetch()} />
        )}
      </aside>
      {openId === undefined ? (
        sessions.data !== undefined && <StartSession client={client} connected={connected} />
      ) : (
        <SessionView
          key={openId}
          client={client}
          connected={connected}
          sessionId={openId}
          info={open}
          listed={sessions.data !== undefined && !sessions.isFetching}
        />
      )}
    </div>
  )
}

/** The newest first; an order that using them does not change. */
export function sortSessions(
  sessions: readonly SessionInfo[] | undefined,
): readonly SessionInfo[] | undefined {
  return sessions?.toSorted((left, right) => right.createdAt.localeCompare(left.createdAt))
}

/** Puts the session that is shown into the address, so that it stays the shown one whatever happens to the list. */
function usePinned(sessionId: string | undefined): void {
  const navigate = route.useNavigate()
  useEffect(() => {
    if (sessionId !== undefined) void navigate({ search: { session: sessionId }, replace: true })
  }, [sessionId, navigate])
}

function ConnectionLine({ state }: { readonly state: ConnectionState }) {
  const { t } = useI18n()
  const shown: Record<ConnectionState['name'], { readonly tone: Tone; readonly text: string }> = {
    connecting: { tone: 'warn', text: t('sandbox.connecting') },
    open: { tone: 'good', text: t('sandbox.connected') },
    lost: { tone: 'bad', text: t('sandbox.lost') },
  }
  const { tone, text } = shown[state.name]
  return (
    <p className="connection" role="status">
      <StatusDot tone={tone} label="" />
      {text}
    </p>
  )
}
