import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { LIMITS } from '@gaesup-state/console-api/contract'
import { fieldProblem } from '../../api/error-text.ts'
import { functionsQuery, runtimesQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { templates, unusedName, type Template } from '../../templates/templates.ts'
import { useCreateFunction } from '../../templates/use-create-function.ts'
import { FormDialog } from '../../ui/dialog.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Select, TextField } from '../../ui/field.tsx'
import './create-function-dialog.css'

export interface CreateFunctionDialogProps {
  readonly workspaceId: string
  readonly onClose: () => void
}

export function CreateFunctionDialog({ workspaceId, onClose }: CreateFunctionDialogProps) {
  const { t, errorWords } = useI18n()
  const runtimes = useQuery(runtimesQuery()).data?.runtimes ?? []
  const taken = (useQuery(functionsQuery(workspaceId)).data ?? []).map(({ name }) => name)
  const [template, setTemplate] = useState<Template>(templates[0])
  const [typed, setTyped] = useState<string>()
  const [runtime, setRuntime] = useState<string>()
  const create = useCreateFunction()
  const name = typed ?? unusedName(template.functionName, taken)
  const fitting = runtimes.filter(({ language }) => language === template.language)
  const isTaken = taken.includes(name.trim())
  const nameError = isTaken
    ? t('function.nameTaken')
    : fieldProblem(create.error, 'name', errorWords)
  return (
    <FormDialog
      title={t('function.new')}
      submitLabel={t('action.create')}
      busy={create.isPending}
      canSubmit={name.trim() !== '' && !isTaken}
      error={
        create.error !== null && nameError === undefined && <ErrorPanel error={create.error} />
      }
      onSubmit={() =>
        create.mutate({
          workspaceId,
          template,
          name: name.trim(),
          ...(runtime !== undefined && { runtime }),
        })
      }
      onClose={onClose}
    >
      <TemplateChoice
        current={template}
        onPick={(next) => {
          setTemplate(next)
          setRuntime(undefined)
        }}
      />
      <TextField
        label={t('field.name')}
        value={name}
        error={nameError}
        maxLength={LIMITS.nameLength}
        required
        onChange={(event) => setTyped(event.target.value)}
      />
      {fitting.length > 1 && (
        <Select
          label={t('field.runtime')}
          value={runtime ?? fitting[0]?.runtime}
          options={fitting.map((one) => ({ value: one.runtime, label: one.runtime }))}
          onChange={(event) => setRuntime(event.target.value)}
        />
      )}
    </FormDialog>
  )
}

function TemplateChoice({
  current,
  onPick,
}: {
  readonly current: Template
  readonly onPick: (template: Template) => void
}) {
  const { t } = useI18n()
  return (
    <fieldset className="field">
      <legend className="field-legend">{t('field.template')}</legend>
      <div className="choices">
        {templates.map((template) => (
          <label key={template.id} className="choice">
            <input
              type="radio"
              name="template"
              checked={template.id === current.id}
              onChange={() => onPick(template)}
            />
            <span className="choice-title">{t(template.title)}</span>
            <span className="choice-text">{t(template.text)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
