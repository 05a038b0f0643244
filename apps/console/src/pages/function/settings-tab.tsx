import { useState, type SubmitEvent } from 'react'
import { useNavigate } from '@tanstack/react-router'
import { paths, type FunctionConfig } from '@gaesup-state/console-api/contract'
import { baseUrl } from '../../api/client.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Switch } from '../../ui/field.tsx'
import { DeleteFunctionDialog } from '../workspace/delete-function-dialog.tsx'
import { SettingsFields } from './settings-fields.tsx'
import { useUpdateFunction } from './use-update-function.ts'
import type { Settings } from './use-settings.ts'
import './settings-tab.css'

export interface SettingsTabProps {
  readonly fn: FunctionConfig
  readonly settings: Settings
}

export function SettingsTab({ fn, settings }: SettingsTabProps) {
  return (
    <div className="settings">
      <SettingsForm settings={settings} />
      <AddressPanel fn={fn} />
      <StatePanel fn={fn} />
    </div>
  )
}

function SettingsForm({ settings }: { readonly settings: Settings }) {
  const { t } = useI18n()
  const { draft, problems, dispatch } = settings
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    // The failure is shown in the form.
    if (settings.canSave) settings.saveAsync().catch(() => undefined)
  }
  return (
    <form className="panel" aria-label={t('settings.general')} noValidate onSubmit={submit}>
      <header className="panel-head">
        <h2>{t('settings.general')}</h2>
      </header>
      <SettingsFields draft={draft} problems={problems} dispatch={dispatch} />
      {settings.failure !== null && (
        <div className="settings-form">
          <ErrorPanel title={t('settings.failed')} error={settings.failure} />
        </div>
      )}
      <footer className="settings-save">
        {settings.changed && <Button onClick={settings.reset}>{t('settings.reset')}</Button>}
        <Button type="submit" look="primary" busy={settings.saving} disabled={!settings.canSave}>
          {t('settings.save')}
        </Button>
      </footer>
    </form>
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
  const update = useUpdateFunction(fn, t('settings.saved'))
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
