import { useState } from 'react'
import { Link } from '@tanstack/react-router'
import { Plus, SquareTerminal } from 'lucide-react'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { usePageTitle } from '../../shell/use-page-title.ts'
import { TemplateGallery } from '../../templates/template-gallery.tsx'
import { useCreateFunction } from '../../templates/use-create-function.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { CreateWorkspaceDialog } from './create-workspace-dialog.tsx'

/** What an empty installation shows: one press on a template leads to code that runs. */
export function FirstRun() {
  const { t } = useI18n()
  const [creating, setCreating] = useState(false)
  const create = useCreateFunction()
  usePageTitle(t('landing.title'))
  const busyId = create.isPending || create.isSuccess ? create.variables.template.id : undefined
  return (
    <main id="main" className="page first-run">
      <header className="first-run-head">
        <h1>{t('firstRun.title')}</h1>
        <p>{t('firstRun.text')}</p>
      </header>
      <TemplateGallery busyId={busyId} onPick={(template) => create.mutate({ template })} />
      {create.error !== null && (
        <ErrorPanel title={t('function.createFailed')} error={create.error} />
      )}
      <div className="first-run-else">
        <Button
          look="quiet"
          icon={<Plus size={15} aria-hidden />}
          onClick={() => setCreating(true)}
        >
          {t('firstRun.emptyWorkspace')}
        </Button>
        <Link to="/sandbox" className="button button-quiet button-normal">
          <SquareTerminal size={15} aria-hidden />
          {t('firstRun.sandbox')}
        </Link>
      </div>
      {creating && <CreateWorkspaceDialog onClose={() => setCreating(false)} />}
    </main>
  )
}
