import { useState } from 'react'
import { LIMITS, type Workspace } from '@gaesup-state/console-api/contract'
import { fieldProblem } from '../../api/error-text.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { FormDialog, type FormDialogProps } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { TextArea, TextField } from '../../ui/field.tsx'

export interface WorkspaceValues {
  readonly name: string
  readonly description: string
}

export interface WorkspaceFormDialogProps extends Pick<
  FormDialogProps,
  'title' | 'description' | 'submitLabel' | 'busy' | 'onClose'
> {
  /** What the fields start with; left out, they are empty. */
  readonly workspace?: Workspace
  /** Why the last try failed. */
  readonly failure: Error | null
  readonly onSubmit: (values: WorkspaceValues) => void
}

/** Name and description of a workspace, for making one and for changing it. */
export function WorkspaceFormDialog({
  workspace,
  failure,
  onSubmit,
  ...dialog
}: WorkspaceFormDialogProps) {
  const { t, errorWords } = useI18n()
  const [name, setName] = useState(workspace?.name ?? '')
  const [description, setDescription] = useState(workspace?.description ?? '')
  const nameProblem = fieldProblem(failure, 'name', errorWords)
  return (
    <FormDialog
      {...dialog}
      canSubmit={name.trim() !== ''}
      error={failure !== null && nameProblem === undefined && <ErrorPanel error={failure} />}
      onSubmit={() => onSubmit({ name: name.trim(), description: description.trim() })}
    >
      <TextField
        label={t('field.name')}
        value={name}
        error={nameProblem}
        maxLength={LIMITS.nameLength}
        required
        onChange={(event) => setName(event.target.value)}
      />
      <TextArea
        label={t('field.descriptionOptional')}
        value={description}
        maxLength={LIMITS.descriptionLength}
        onChange={(event) => setDescription(event.target.value)}
      />
    </FormDialog>
  )
}
