import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { WorkspaceFormDialog, type WorkspaceValues } from '../workspace/workspace-form-dialog.tsx'

export function CreateWorkspaceDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useI18n()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: ({ name, description }: WorkspaceValues) =>
      api.workspaces.create({ name, ...(description !== '' && { description }) }),
    onSuccess: async (workspace) => {
      queryClient.setQueryData(keys.workspace(workspace.id), workspace)
      void queryClient.invalidateQueries({ queryKey: keys.workspaces })
      await navigate({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } })
    },
  })
  return (
    <WorkspaceFormDialog
      title={t('workspace.new')}
      description={t('workspace.newHint')}
      submitLabel={t('action.create')}
      busy={create.isPending}
      failure={create.error}
      onSubmit={create.mutate}
      onClose={onClose}
    />
  )
}
