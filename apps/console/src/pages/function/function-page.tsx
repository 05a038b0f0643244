import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { FunctionConfig } from '@gaesup-state/console-api/contract'
import { toErrorText } from '../../api/error-text.ts'
import { functionQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { NotFoundPage } from '../../shell/fallback-pages.tsx'
import { useShortcut } from '../../shell/shortcuts.ts'
import { usePageTitle } from '../../shell/use-page-title.ts'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { TabPanel } from '../../ui/tabs.tsx'
import { CodeTab } from './code-tab.tsx'
import { FunctionHead, FunctionHeadSkeleton } from './function-head.tsx'
import { RunsTab } from './runs-tab.tsx'
import { SettingsTab } from './settings-tab.tsx'
import { UnsavedDialog } from './unsaved-dialog.tsx'
import { useDraft } from './use-draft.ts'
import { useRun } from './use-run.ts'
import { useSettings } from './use-settings.ts'
import './function-page.css'

const route = getRouteApi('/w/$workspaceId/f/$functionId')

export function FunctionPage() {
  const { t } = useI18n()
  const params = route.useParams()
  const fn = useQuery(functionQuery(params))
  usePageTitle(fn.data?.name)
  if (fn.data !== undefined) return <LoadedFunction key={fn.data.id} fn={fn.data} />
  if (fn.error !== null && toErrorText(fn.error).code === 'NOT_FOUND') {
    return <NotFoundPage title={t('function.notFound')} text={t('function.notFoundText')} />
  }
  if (fn.error !== null) {
    return (
      <main id="main" className="page">
        <ErrorPanel
          title={t('function.failed')}
          error={fn.error}
          onRetry={() => void fn.refetch()}
        />
      </main>
    )
  }
  return (
    <main id="main" className="function-page" aria-busy>
      <FunctionHeadSkeleton />
    </main>
  )
}

function LoadedFunction({ fn }: { readonly fn: FunctionConfig }) {
  const { tab = 'code' } = route.useSearch()
  // Once opened the editor stays, with its undo history; until then its code is not downloaded.
  const [editorOpened, setEditorOpened] = useState(tab === 'code')
  if (tab === 'code' && !editorOpened) setEditorOpened(true)
  const draft = useDraft(fn)
  const run = useRun(fn, draft)
  const settings = useSettings(fn)
  useShortcut('s', () => draft.dirty && !draft.saving && draft.save())
  useShortcut('Enter', () => tab === 'code' && run.start())
  return (
    <main id="main" className="function-page">
      <FunctionHead fn={fn} tab={tab} draft={draft} run={run} settings={settings} />
      <TabPanel id="function" current={tab} className={`function-body function-${tab}`}>
        {editorOpened && (
          <div className="code-tab" hidden={tab !== 'code'}>
            <CodeTab fn={fn} draft={draft} run={run} />
          </div>
        )}
        {tab === 'runs' && <RunsTab fn={fn} />}
        {tab === 'settings' && <SettingsTab fn={fn} settings={settings} />}
      </TabPanel>
      <UnsavedDialog draft={draft} settings={settings} functionId={fn.id} />
    </main>
  )
}
