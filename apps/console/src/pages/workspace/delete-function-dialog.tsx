import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FunctionSummary } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { useToaster } from '../../ui/toasts.tsx'

export interface DeleteFunctionDialogProps {
  readonly fn: FunctionSummary
  readonly onClose: () => void
  readonly onDeleted: () => void
}

export function DeleteFunctionDialog({ fn, onClose, onDeleted }: DeleteFunctionDialogProps) {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  const remove = useMutation({
    mutationFn: () => api.functions.delete(fn.workspaceId, fn.id),
    onSuccess: () => {
      const listKey = keys.functions(fn.workspaceId)
      queryClient.setQueryData<FunctionSummary[]>(listKey, (all) =>
        all?.filter(({ id }) => id !== fn.id),
      )
      onDeleted()
      queryClient.removeQueries({
        queryKey: keys.function({ workspaceId: fn.workspaceId, functionId: fn.id }),
      })
      void queryClient.invalidateQueries({ queryKey: keys.workspaces })
      toaster.done(t('function.deleted', { name: fn.name }))
    },
  })
  return (
    <ConfirmDialog
      title={t('function.deleteTitle', { name: fn.name })}
      description={t('function.deleteText')}
      confirmLabel={t('function.delete')}
      action={remove}
      onClose={onClose}
    />
  )
}
