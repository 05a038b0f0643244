import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { sandboxKeys } from './queries.ts'

export type Entry = Awaited<ReturnType<SandboxSession['listDirectory']>>[number]

export interface DeleteEntryDialogProps {
  readonly session: SandboxSession
  readonly entry: Entry
  readonly onClose: () => void
}

export function DeleteEntryDialog({ session, entry, onClose }: DeleteEntryDialogProps) {
  const { t } = useI18n()
  const queryClient = useQueryClient()
  const { name, path, type } = entry
  const remove = useMutation({
    mutationFn: () => session.deleteFile(path, { recursive: type === 'directory' }),
    onSuccess: async () => {
      onClose()
      await queryClient.invalidateQueries({ queryKey: sandboxKeys.files(session.sessionId) })
    },
  })
  return (
    <ConfirmDialog
      title={t('sandbox.deleteTitle', { name })}
      description={t('sandbox.deleteText')}
      confirmLabel={t('sandbox.deleteFile', { name })}
      action={remove}
      onClose={onClose}
    />
  )
}
