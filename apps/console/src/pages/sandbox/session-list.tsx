import { useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { IconButton } from '../../ui/button.tsx'
import { FormDialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { NewSessionMenu } from './new-session-menu.tsx'
import { sandboxKeys } from './queries.ts'

const route = getRouteApi('/sandbox')

export type SessionInfo = Awaited<ReturnType<SandboxClient['listSessions']>>[number]

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
        <h2>{t('sandbox.sessions')}</h2>
        <NewSessionMenu client={client} connected={connected} />
      </header>
      <ul>
        {sessions.map((session) => (
          <li key={session.sessionId} className="session-row">
            <Link
              to="/sandbox"
              search={{ session: session.sessionId }}
              className="session-link"
              aria-current={session.sessionId === openId ? 'true' : undefined}
              activeProps={{}}
            >
              <span className="session-runtime">{session.runtime}</span>
              <span className="session-note">
                {session.engine} ·{' '}
                {session.state === 'Active' ? t('sandbox.active') : t('sandbox.idle')} ·{' '}
                {t('sandbox.executions', { count: session.executionCount })}
              </span>
            </Link>
            <IconButton
              label={t('sandbox.closeSession')}
              tipSide="left"
              disabled={!connected}
              onClick={() => setClosing(session)}
            >
              <X size={15} aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      {closing !== undefined && (
        <CloseDialog client={client} session={closing} onClose={() => setClosing(undefined)} />
      )}
    </section>
  )
}

interface CloseDialogProps {
  readonly client: SandboxClient
  readonly session: SessionInfo
  readonly onClose: () => void
}

function CloseDialog({ client, session, onClose }: CloseDialogProps) {
  const { t } = useI18n()
  const toaster = useToaster()
  const navigate = route.useNavigate()
  const queryClient = useQueryClient()
  const close = useMutation({
    mutationFn: () => client.call('session.close', { sessionId: session.sessionId }),
    onSuccess: async () => {
      queryClient.setQueryData<readonly SessionInfo[]>(sandboxKeys.sessions, (all) =>
        all?.filter(({ sessionId }) => sessionId !== session.sessionId),
      )
      onClose()
      await navigate({ search: {} })
      await queryClient.invalidateQueries({ queryKey: sandboxKeys.sessions })
      toaster.done(t('sandbox.closed'))
    },
  })
  return (
    <FormDialog
      title={t('sandbox.closeTitle')}
      description={t('sandbox.closeText')}
      submitLabel={t('sandbox.closeSession')}
      submitLook="danger"
      busy={close.isPending}
      error={close.error !== null && <ErrorPanel error={close.error} />}
      onSubmit={() => close.mutate()}
      onClose={onClose}
    >
      {null}
    </FormDialog>
  )
}
