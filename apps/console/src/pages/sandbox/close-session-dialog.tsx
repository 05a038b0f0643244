import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { sandboxKeys } from './queries.ts'
import { useSandboxMemory } from './records/sandbox-memory.tsx'
import { unsavedFiles } from './records/session-draft.ts'
import type { SessionInfo } from './session-identity.ts'
import { nameInWorkspace } from './shell.ts'

const route = getRouteApi('/sandbox')

export interface CloseSessionDialogProps {
  readonly client: SandboxClient
  readonly session: SessionInfo
  readonly onClose: () => void
}

/** Closes a session and forgets what was kept of it; unsaved files are named before. */
export function CloseSessionDialog({ client, session, onClose }: CloseSessionDialogProps) {
  const { t } = useI18n()
  const toaster = useToaster()
  const navigate = route.useNavigate()
  const { session: shown } = route.useSearch()
  const queryClient = useQueryClient()
  const { records, consoles } = useSandboxMemory()
  const { sessionId } = session
  const draft = records.find(sessionId)?.draft
  const unsaved = draft === undefined ? [] : unsavedFiles(draft)
  const close = useMutation({
    mutationFn: () => client.call('session.close', { sessionId }),
    onSuccess: async () => {
      queryClient.setQueryData<readonly SessionInfo[]>(sandboxKeys.sessions, (all) =>
        all?.filter((one) => one.sessionId !== sessionId),
      )
      onClose()
      if (shown === sessionId) await navigate({ search: {} })
      consoles.delete(sessionId)
      records.forget(sessionId)
      await queryClient.invalidateQueries({ queryKey: sandboxKeys.sessions })
      toaster.done(t('sandbox.closed'))
    },
  })
  return (
    <ConfirmDialog
      title={t('sandbox.closeTitle')}
      description={t('sandbox.closeText')}
      confirmLabel={t('sandbox.closeSession')}
      action={close}
      onClose={onClose}
    >
      {unsaved.length > 0 && (
        <p className="dialog-warning">
          {t('sandbox.closeUnsaved', {
            names: unsaved.map(({ path }) => nameInWorkspace(path)).join(', '),
          })}
        </p>
      )}
    </ConfirmDialog>
  )
}
