import { useQuery } from '@tanstack/react-query'
import type { SandboxClient, SandboxSession } from '@gaesup-state/sandbox/client'
import { toErrorText } from '../../api/error-text.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Skeleton } from '../../ui/surfaces.tsx'
import type { SessionInfo } from './session-list.tsx'
import { SessionDesk } from './session-desk.tsx'
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

const ended = new Set(['SESSION_NOT_FOUND', 'SESSION_CLOSED', 'SESSION_LOST'])

/** A session over whichever connection stands. */
export function SessionView({ client, connected, sessionId, info, listed }: SessionViewProps) {
  const { t } = useI18n()
  const last = useLast(info)
  const clientId = useClientId(client)
  const handle = useQuery({
    queryKey: ['sandbox', 'session', sessionId, clientId],
    queryFn: () => client.openSession(sessionId),
    enabled: connected,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  const session = useLast<SandboxSession>(handle.data)
  const gone =
    (handle.error !== null && ended.has(toErrorText(handle.error).code)) ||
    (session !== undefined && listed && info === undefined)
  if (gone)
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
  if (session === undefined || last === undefined) {
    return (
      <div className="page" aria-busy>
        <Skeleton height={200} />
      </div>
    )
  }
  return <SessionDesk session={session} info={last} connected={connected} />
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
