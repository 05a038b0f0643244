import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { IconButton } from '../../ui/button.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { StatusDot } from '../../ui/surfaces.tsx'
import { CloseSessionDialog } from './close-session-dialog.tsx'
import { NewSessionMenu } from './new-session-menu.tsx'
import { useSessionRecord } from './records/sandbox-memory.tsx'
import type { SessionInfo } from './session-identity.ts'
import './session-list.css'

export interface SessionListProps {
  readonly client: SandboxClient
  readonly connected: boolean
  readonly sessions: readonly SessionInfo[] | undefined
  readonly openId: string | undefined
}

export function SessionList({ client, connected, sessions = [], openId }: SessionListProps) {
  const { t } = useI18n()
  const [closing, setClosing] = useState<SessionInfo>()
  return (
    <section aria-label={t('sandbox.sessions')} className="sessions">
      <header className="side-head">
        <h2>
          {t('sandbox.sessions')}
          {sessions.length > 0 && <span className="side-count number">{sessions.length}</span>}
        </h2>
        <NewSessionMenu client={client} connected={connected} />
      </header>
      <ul className="session-rows">
        {sessions.map((session) => (
          <SessionRow
            key={session.sessionId}
            session={session}
            open={session.sessionId === openId}
            connected={connected}
            onClose={() => setClosing(session)}
          />
        ))}
      </ul>
      {closing !== undefined && (
        <CloseSessionDialog
          client={client}
          session={closing}
          onClose={() => setClosing(undefined)}
        />
      )}
    </section>
  )
}

interface SessionRowProps {
  readonly session: SessionInfo
  readonly open: boolean
  readonly connected: boolean
  readonly onClose: () => void
}

function SessionRow({ session, open, connected, onClose }: SessionRowProps) {
  const { t, formats } = useI18n()
  const { sessionId, runtime, engine, state, createdAt, lastActivity } = session
  const title = useSessionTitle(sessionId)
  const active = state === 'Active'
  return (
    <li className="session-row">
      <Link
        to="/sandbox"
        search={{ session: sessionId }}
        className="session-link"
        aria-current={open ? 'true' : undefined}
        activeProps={{}}
        title={t('sandbox.rowTip', {
          runtime,
          engine,
          created: formats.dateTime(createdAt),
        })}
        ref={(row) => {
          if (open) row?.scrollIntoView({ block: 'nearest' })
        }}
      >
        <span className="session-title">
          <StatusDot
            tone={active ? 'good' : 'off'}
            label={active ? t('sandbox.active') : t('sandbox.idle')}
          />
          <span className={`truncate ${title.command ? 'mono' : ''}`}>{title.text}</span>
        </span>
        <span className="session-note">
          <span className="truncate">{shortRuntime(runtime)}</span>
          <RelativeTime iso={lastActivity} className="session-time" short />
        </span>
      </Link>
      <IconButton
        label={t('sandbox.closeNamed', { name: title.text })}
        tipSide="left"
        disabled={!connected}
        onClick={onClose}
      >
        <X size={15} aria-hidden />
      </IconButton>
    </li>
  )
}

/** Without what stands in brackets: the interpreter is in the tooltip. */
function shortRuntime(runtime: string): string {
  return runtime.replace(/ \(.*\)$/, '')
}

/** What tells a session from others: its first command where this browser knows it, else its id. */
function useSessionTitle(sessionId: string) {
  const { t } = useI18n()
  const first = useSessionRecord(sessionId, ({ firstCommand }) => firstCommand)
  if (first !== undefined) return { text: first.split('\n')[0] ?? first, command: true }
  return { text: t('sandbox.unnamed', { id: sessionId.slice(-6) }), command: false }
}
