import { useReducer, useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  paths,
  type FunctionConfig,
  type UpdateFunctionRequest,
} from '@gaesup-state/console-api/contract'
import { api, baseUrl } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Switch } from '../../ui/field.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { DeleteFunctionDialog } from '../workspace/delete-function-dialog.tsx'
import { findProblems, reduceSettings, toSettingsDraft, toUpdate } from './settings-draft.ts'
import { SettingsFields } from './settings-fields.tsx'
import './settings-tab.css'

function useUpdateFunction(fn: FunctionConfig) {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (change: UpdateFunctionRequest) =>
      api.functions.update(fn.workspaceId, fn.id, change),
    onSuccess: (updated) => {
      queryClient.setQueryData(
        keys.function({ workspaceId: fn.workspaceId, functionId: fn.id }),
        updated,
      )
      void queryClient.invalidateQueries({ queryKey: keys.functions(fn.workspaceId), exact: true })
      toaster.done(t('settings.saved'))
    },
  })
}

export function SettingsTab({ fn }: { readonly fn: FunctionConfig }) {
  const { t } = useI18n()
  const update = useUpdateFunction(fn)
  const [draft, dispatch] = useReducer(reduceSettings, fn, toSettingsDraft)
  const problems = findProblems(draft)
  const changed = JSON.stringify(toUpdate(draft)) !== JSON.stringify(toUpdate(toSettingsDraft(fn)))
  return (
    <div className="settings">
      <form
        className="panel"
        aria-label={t('settings.general')}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          update.mutate(toUpdate(draft), {
            onSuccess: (saved) => dispatch({ type: 'reset', to: toSettingsDraft(saved) }),
          })
        }}
      >
        <header className="panel-head">
          <h2>{t('settings.general')}</h2>
        </header>
        <SettingsFields draft={draft} problems={problems} dispatch={dispatch} />
        {update.error !== null && (
          <div className="settings-form">
            <ErrorPanel title={t('settings.failed')} error={update.error} />
          </div>
        )}
        <footer className="settings-save">
          {changed && (
            <Button onClick={() => dispatch({ type: 'reset', to: toSettingsDraft(fn) })}>
              {t('settings.reset')}
            </Button>
          )}
          <Button
            type="submit"
            look="primary"
            busy={update.isPending}
            disabled={!changed || Object.keys(problems).length > 0}
          >
            {t('settings.save')}
          </Button>
        </footer>
      </form>
      <AddressPanel fn={fn} />
      <StatePanel fn={fn} />
    </div>
  )
}

function AddressPanel({ fn }: { readonly fn: FunctionConfig }) {
  const { t } = useI18n()
  const address = `${baseUrl === '' ? window.location.origin : baseUrl}${paths.passthrough(fn.workspaceId, fn.name)}`
  return (
    <section className="panel" aria-label={t('settings.address')}>
      <div className="settings-row">
        <div>
          <h3>{t('settings.address')}</h3>
          <p>
            <code>{address}</code>
          </p>
        </div>
        <CopyButton text={address} label={t('settings.copyAddress')} />
      </div>
    </section>
  )
}

function StatePanel({ fn }: { readonly fn: FunctionConfig }) {
  const { t } = useI18n()
  const navigate = useNavigate()
  const update = useUpdateFunction(fn)
  const [deleting, setDeleting] = useState(false)
  return (
    <section className="panel" aria-label={t('settings.state')}>
      <div className="settings-row">
        <div>
          <h3>{t('settings.enabled')}</h3>
          <p>{t('settings.enabledText')}</p>
        </div>
        <Switch
          label={t('settings.enabled')}
          checked={fn.status === 'active'}
          disabled={update.isPending}
          onChange={(on) => update.mutate({ status: on ? 'active' : 'disabled' })}
        />
      </div>
      {update.error !== null && (
        <div className="settings-row">
          <ErrorPanel title={t('settings.failed')} error={update.error} />
        </div>
      )}
      <div className="settings-row">
        <div>
          <h3>{t('function.delete')}</h3>
          <p>{t('function.deleteText')}</p>
        </div>
        <Button look="danger" onClick={() => setDeleting(true)}>
          {t('function.delete')}
        </Button>
      </div>
      {deleting && (
        <DeleteFunctionDialog
          fn={fn}
          onClose={() => setDeleting(false)}
          onDeleted={() =>
            void navigate({
              to: '/w/$workspaceId',
              params: { workspaceId: fn.workspaceId },
              ignoreBlocker: true,
            })
          }
        />
      )}
    </section>
  )
}
