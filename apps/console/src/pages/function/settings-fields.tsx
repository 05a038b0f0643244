import type { Dispatch } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { HTTP_METHODS, LIMITS } from '@gaesup-state/console-api/contract'
import { runtimesQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Select, TextArea, TextField } from '../../ui/field.tsx'
import { NameValueRow } from '../../ui/name-value-row.tsx'
import type { SettingsDraft, SettingsEvent, SettingsProblems } from './settings-draft.ts'

export interface SettingsFieldsProps {
  readonly draft: SettingsDraft
  readonly problems: SettingsProblems
  readonly dispatch: Dispatch<SettingsEvent>
}

export function SettingsFields({ draft, problems, dispatch }: SettingsFieldsProps) {
  const { t } = useI18n()
  const set = (change: Extract<SettingsEvent, { type: 'changed' }>['change']) =>
    dispatch({ type: 'changed', change })
  return (
    <div className="settings-form">
      <TextField
        label={t('field.name')}
        value={draft.name}
        maxLength={LIMITS.nameLength}
        error={problems.name && t('problem.name')}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextArea
        label={t('field.descriptionOptional')}
        value={draft.description}
        maxLength={LIMITS.descriptionLength}
        onChange={(event) => set({ description: event.target.value })}
      />
      <RuntimeSelect runtime={draft.runtime} onChange={(runtime) => set({ runtime })} />
      <div className="settings-pair">
        <TextField
          label={t('field.memory')}
          value={draft.memory}
          inputMode="numeric"
          hint={t('field.range', LIMITS.memoryMb)}
          error={problems.memory && t('problem.range', LIMITS.memoryMb)}
          onChange={(event) => set({ memory: event.target.value })}
        />
        <TextField
          label={t('field.timeout')}
          value={draft.timeout}
          inputMode="numeric"
          hint={t('field.range', LIMITS.timeoutSeconds)}
          error={problems.timeout && t('problem.range', LIMITS.timeoutSeconds)}
          onChange={(event) => set({ timeout: event.target.value })}
        />
      </div>
      <Methods draft={draft} problems={problems} dispatch={dispatch} />
      <Variables draft={draft} problems={problems} dispatch={dispatch} />
    </div>
  )
}

function RuntimeSelect({
  runtime,
  onChange,
}: {
  readonly runtime: string
  readonly onChange: (runtime: string) => void
}) {
  const { t } = useI18n()
  const offered = (useQuery(runtimesQuery()).data?.runtimes ?? []).map((one) => one.runtime)
  const known = offered.includes(runtime)
  const all = known ? offered : [runtime, ...offered]
  return (
    <Select
      label={t('field.runtime')}
      value={runtime}
      options={all.map((one) => ({ value: one, label: one }))}
      hint={known || offered.length === 0 ? undefined : t('settings.runtimeGone')}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

function Methods({ draft, problems, dispatch }: SettingsFieldsProps) {
  const { t } = useI18n()
  return (
    <fieldset className="field">
      <legend className="field-legend">{t('field.methods')}</legend>
      <div className="methods">
        {HTTP_METHODS.map((method) => (
          <label key={method} className="method-choice">
            <input
              type="checkbox"
              checked={draft.httpMethods.includes(method)}
              onChange={() => dispatch({ type: 'methodToggled', method })}
            />
            {method}
          </label>
        ))}
      </div>
      {problems.httpMethods && <p className="field-error">{t('problem.methods')}</p>}
    </fieldset>
  )
}

function Variables({ draft, problems, dispatch }: SettingsFieldsProps) {
  const { t } = useI18n()
  return (
    <fieldset className="field">
      <legend className="field-legend">{t('field.variables')}</legend>
      <div className="variables">
        {draft.variables.map((variable, index) => (
          <NameValueRow
            key={variable.id}
            row={variable}
            nameLabel={t('variable.name', { number: index + 1 })}
            valueLabel={t('variable.value', { number: index + 1 })}
            removeLabel={t('variable.remove', { number: index + 1 })}
            namePlaceholder="NAME"
            onChange={(changed) => dispatch({ type: 'variableChanged', variable: changed })}
            onRemove={() => dispatch({ type: 'variableRemoved', id: variable.id })}
          />
        ))}
        <Button
          size="small"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => dispatch({ type: 'variableAdded' })}
        >
          {t('variable.add')}
        </Button>
      </div>
      {problems.variables ? (
        <p className="field-error">{t('problem.variables')}</p>
      ) : (
        <p className="field-hint">{t('variable.hint')}</p>
      )}
    </fieldset>
  )
}
