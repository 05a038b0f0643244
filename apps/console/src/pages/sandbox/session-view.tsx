import { useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { toErrorText } from '../../api/error-text.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Skeleton } from '../../ui/surfaces.tsx'
import { useSandboxMemory, useSessionRecord } from './records/sandbox-memory.tsx'
import { SessionDesk } from './session-desk.tsx'
import { SessionEnded } from './session-ended.tsx'
import { firstDraft, type SessionInfo } from './session-identity.ts'
import { StartSession } from './start-session.tsx'
import { useLast } from './use-last.ts'

export interface SessionViewProps {
  readonly client: SandboxClient
  readonly connected: boolean
  readonly sessionId: string
  /** As the list has it; undefined until it came, and when the session has ended. */
  readonly info: SessionInfo | undefined
  /** True when the list is there and current. */
  readonly listed: boolean
}

const endings = new Set(['SESSION_NOT_FOUND', 'SESSION_CLOSED', 'SESSION_LOST'])

/** A session over whichever connection stands; of one that has ended, what this browser kept of it. */
export function SessionView({ client, connected, sessionId, info, listed }: SessionViewProps) {
  const { t } = useI18n()
  const { records } = useSandboxMemory()
  useRecord(sessionId, info)
  const known = useSessionRecord(sessionId, () => true) === true
  const clientId = useClientId(client)
  const handle = useQuery({
    queryKey: ['sandbox', 'session', sessionId, clientId],
    queryFn: () => client.openSession(sessionId),
    enabled: connected,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  const session = useLast(handle.data)
  const ended =
    (handle.error !== null && endings.has(toErrorText(handle.error).code)) ||
    (session !== undefined && listed && info === undefined)
  const record = known ? records.find(sessionId) : undefined
  if (record !== undefined && (ended || session !== undefined)) {
    return (
      <SessionDesk
        sessionId={sessionId}
        identity={record}
        session={ended ? undefined : session}
        // Until this connection has its own handle there is only the one of the last, which is dead.
        connected={connected && handle.data !== undefined}
        notice={ended && <SessionEnded client={client} connected={connected} record={record} />}
      />
    )
  }
  if (ended)
    return (
      <StartSession
        client={client}
        connected={connected}
        title={t('sandbox.gone')}
        text={t('sandbox.goneText')}
      />
    )
  if (handle.error !== null && connected) {
    return (
      <div className="page">
        <ErrorPanel error={handle.error} onRetry={() => void handle.refetch()} />
      </div>
    )
  }
  return (
    <div className="page" aria-busy>
      <Skeleton height={200} />
    </div>
  )
}

/** Begins the record of a session that was started elsewhere. */
function useRecord(sessionId: string, info: SessionInfo | undefined): void {
  const { t } = useI18n()
  const { records } = useSandboxMemory()
  useEffect(() => {
    if (info === undefined) return
    const { language, runtime, engine } = info
    records.begin(sessionId, {
      language,
      runtime,
      engine,
      draft: firstDraft(language),
      transcript: `${t('sandbox.welcome', { runtime, engine })}\r\n`,
    })
  }, [records, sessionId, info, t])
}

const clientIds = new WeakMap<SandboxClient, number>()
let clients = 0

/** A number per connection, as a query key cannot hold the connection itself. */
function useClientId(client: SandboxClient): number {
  const known = clientIds.get(client)
  if (known !== undefined) return known
  clients += 1
  clientIds.set(client, clients)
  return clients
}
