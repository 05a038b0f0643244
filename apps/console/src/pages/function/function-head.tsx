import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ChevronRight, Play, Square } from 'lucide-react'
import type { FunctionConfig } from '@gaesup-state/console-api/contract'
import { workspaceQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import type { FunctionTab } from '../../search-params.ts'
import { isMac } from '../../shell/shortcuts.ts'
import { Button } from '../../ui/button.tsx'
import { Badge, Skeleton, UnsavedDot } from '../../ui/surfaces.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import type { Draft } from './use-draft.ts'
import type { Run } from './use-run.ts'
import type { Settings } from './use-settings.ts'
import './function-head.css'

const route = getRouteApi('/w/$workspaceId/f/$functionId')

export interface FunctionHeadProps {
  readonly fn: FunctionConfig
  readonly tab: FunctionTab
  readonly draft: Draft
  readonly run: Run
  readonly settings: Settings
}

export function FunctionHead({ fn, tab, draft, run, settings }: FunctionHeadProps) {
  const { t } = useI18n()
  const navigate = route.useNavigate()
  const workspace = useQuery(workspaceQuery(fn.workspaceId))
  return (
    <header className="function-head">
      <div className="function-name">
        <nav aria-label={t('shell.breadcrumb')} className="crumbs">
          <Link to="/w/$workspaceId" params={{ workspaceId: fn.workspaceId }} className="truncate">
            {workspace.data?.name ?? t('nav.workspaces')}
          </Link>
          <ChevronRight size={13} aria-hidden />
        </nav>
        <h1 className="truncate">{fn.name}</h1>
        <Badge>{fn.runtime}</Badge>
        {fn.status === 'disabled' && <Badge tone="warn">{t('function.disabled')}</Badge>}
      </div>
      <Tabs
        id="function"
        label={t('function.tabs')}
        current={tab}
        tabs={[
          { key: 'code', label: <TabLabel text={t('tab.code')} unsaved={draft.dirty} /> },
          { key: 'runs', label: t('tab.runs') },
          {
            key: 'settings',
            label: <TabLabel text={t('tab.settings')} unsaved={settings.changed} />,
          },
        ]}
        onSelect={(next) => void navigate({ search: next === 'code' ? {} : { tab: next } })}
      />
      {tab === 'code' && <CodeActions draft={draft} run={run} />}
    </header>
  )
}

function TabLabel({ text, unsaved }: { readonly text: string; readonly unsaved: boolean }) {
  return (
    <>
      {text}
      {unsaved && <UnsavedDot />}
    </>
  )
}

function CodeActions({ draft, run }: { readonly draft: Draft; readonly run: Run }) {
  const { t } = useI18n()
  return (
    <div className="code-actions">
      <Button
        onClick={draft.save}
        busy={draft.saving}
        disabled={!draft.dirty}
        aria-keyshortcuts="Control+S Meta+S"
        title={isMac ? '⌘S' : 'Ctrl+S'}
      >
        {t('action.save')}
      </Button>
      {run.running ? (
        <Button
          look="primary"
          icon={<Square size={12} fill="currentColor" aria-hidden />}
          onClick={run.cancel}
        >
          {t('action.stop')}
        </Button>
      ) : (
        <Button
          look="primary"
          icon={<Play size={13} fill="currentColor" aria-hidden />}
          onClick={run.start}
          aria-keyshortcuts="Control+Enter Meta+Enter"
          title={isMac ? '⌘↵' : 'Ctrl+Enter'}
        >
          {t('action.run')}
        </Button>
      )}
    </div>
  )
}

export function FunctionHeadSkeleton() {
  return (
    <header className="function-head" aria-hidden>
      <div className="function-name">
        <Skeleton width={220} height={20} />
      </div>
      <Skeleton width={180} height={20} />
    </header>
  )
}
