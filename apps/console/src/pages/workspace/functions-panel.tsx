import { useMemo } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Search, SquareFunction } from 'lucide-react'
import type { FunctionSummary } from '@gaesup-state/console-api/contract'
import { useI18n } from '../../i18n/i18n-context.tsx'
import type { StatusFilter, WorkspaceSearch } from '../../search-params.ts'
import { TemplateGallery } from '../../templates/template-gallery.tsx'
import { useCreateFunction } from '../../templates/use-create-function.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Panel } from '../../ui/panel.tsx'
import { EmptyState, Skeleton } from '../../ui/surfaces.tsx'
import { FunctionTable } from './function-table.tsx'
import './functions-panel.css'

const route = getRouteApi('/w/$workspaceId')

export interface FunctionsPanelProps {
  readonly workspaceId: string
  readonly functions: UseQueryResult<FunctionSummary[]>
  readonly onCreate: () => void
}

export function FunctionsPanel({ workspaceId, functions, onCreate }: FunctionsPanelProps) {
  const { t } = useI18n()
  const search = route.useSearch()
  const empty = functions.data?.length === 0
  return (
    <Panel
      title={t('function.list')}
      titleId="functions-title"
      aside={!empty && <FunctionFilters search={search} />}
    >
      {functions.error !== null && functions.data === undefined && (
        <div className="panel-body">
          <ErrorPanel
            title={t('function.listFailed')}
            error={functions.error}
            onRetry={() => void functions.refetch()}
          />
        </div>
      )}
      {empty && <NoFunctions workspaceId={workspaceId} onCreate={onCreate} />}
      {functions.isPending && <TableSkeleton />}
      {functions.data !== undefined && !empty && (
        <FoundFunctions functions={functions.data} search={search} />
      )}
    </Panel>
  )
}

/** As people order names: `fn-2` before `fn-10`. */
const byName = new Intl.Collator(undefined, { numeric: true })

/** Those whose name or description holds the text and whose status is the asked one, by name. */
export function filterFunctions(
  functions: readonly FunctionSummary[],
  {
    q = '',
    status,
  }: { readonly q?: string | undefined; readonly status?: StatusFilter | undefined },
): readonly FunctionSummary[] {
  const wanted = q.trim().toLowerCase()
  return functions
    .filter((fn) => status === undefined || fn.status === status)
    .filter((fn) => `${fn.name} ${fn.description ?? ''}`.toLowerCase().includes(wanted))
    .toSorted((left, right) => byName.compare(left.name, right.name))
}

function FunctionFilters({ search }: { readonly search: WorkspaceSearch }) {
  const { t } = useI18n()
  const navigate = route.useNavigate()
  const set = (change: WorkspaceSearch) =>
    void navigate({ search: { ...search, ...change }, replace: true })
  return (
    <div className="filters">
      <div className="search-box">
        <Search size={14} aria-hidden />
        <input
          className="input"
          type="search"
          aria-label={t('function.search')}
          placeholder={t('function.search')}
          value={search.q ?? ''}
          onChange={(event) => set({ q: event.target.value })}
        />
      </div>
      <select
        className="input select"
        aria-label={t('function.statusFilter')}
        value={search.status ?? 'all'}
        onChange={(event) => {
          const { status: _, ...rest } = search
          const next = event.target.value
          void navigate({
            search: next === 'all' ? rest : { ...rest, status: next as StatusFilter },
            replace: true,
          })
        }}
      >
        <option value="all">{t('function.allStates')}</option>
        <option value="active">{t('function.active')}</option>
        <option value="disabled">{t('function.disabled')}</option>
      </select>
    </div>
  )
}

function FoundFunctions({
  functions,
  search,
}: {
  readonly functions: readonly FunctionSummary[]
  readonly search: WorkspaceSearch
}) {
  const { t } = useI18n()
  const { q, status } = search
  const found = useMemo(() => filterFunctions(functions, { q, status }), [functions, q, status])
  if (found.length > 0) return <FunctionTable functions={found} />
  return (
    <EmptyState compact icon={<Search size={20} aria-hidden />} title={t('function.noMatch')}>
      {t('function.noMatchText')}
    </EmptyState>
  )
}

function NoFunctions({
  workspaceId,
  onCreate,
}: {
  readonly workspaceId: string
  readonly onCreate: () => void
}) {
  const { t } = useI18n()
  const create = useCreateFunction()
  const busyId = create.isPending || create.isSuccess ? create.variables.template.id : undefined
  return (
    <div className="no-functions">
      <EmptyState
        compact
        icon={<SquareFunction size={22} aria-hidden />}
        title={t('function.none')}
        action={
          <Button size="small" onClick={onCreate}>
            {t('function.newBlank')}
          </Button>
        }
      >
        {t('function.noneText')}
      </EmptyState>
      <TemplateGallery
        busyId={busyId}
        onPick={(template) => create.mutate({ workspaceId, template })}
      />
      {create.error !== null && (
        <ErrorPanel title={t('function.createFailed')} error={create.error} />
      )}
    </div>
  )
}

function TableSkeleton() {
  return (
    <div className="panel-body skeleton-rows" aria-hidden>
      {[0, 1, 2].map((index) => (
        <Skeleton key={index} height={30} />
      ))}
    </div>
  )
}
