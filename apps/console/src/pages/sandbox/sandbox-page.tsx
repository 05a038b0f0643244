import { useEffect, useSyncExternalStore } from 'react'
import { useQuery } from '@tanstack/react-query'
import { connectSandbox } from '@gaesup-state/sandbox/client'
import { statusQuery } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { usePageTitle } from '../../shell/use-page-title.ts'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Skeleton } from '../../ui/surfaces.tsx'
import { MemoryProvider, openSandboxMemory } from './records/sandbox-memory.tsx'
import { openConnection, type SandboxConnection } from './connection.ts'
import { SandboxDesk } from './sandbox-desk.tsx'
import { useOwned } from './use-owned.ts'
import './sandbox.css'

export function SandboxPage() {
  const { t } = useI18n()
  const status = useQuery(statusQuery())
  usePageTitle(t('sandbox.title'))
  return (
    <main id="main" className="sandbox-page">
      <h1 className="visually-hidden">{t('sandbox.title')}</h1>
      {status.data !== undefined && (
        <Connected key={status.data.endpoints.sandbox} url={status.data.endpoints.sandbox} />
      )}
      {status.data === undefined && status.error !== null && (
        <div className="page">
          <ErrorPanel
            title={t('sandbox.unreachable')}
            error={status.error}
            onRetry={() => void status.refetch()}
          />
        </div>
      )}
      {status.isPending && (
        <div className="page" aria-busy>
          <Skeleton height={240} />
        </div>
      )}
    </main>
  )
}

function Connected({ url }: { readonly url: string }) {
  const connection = useOwned(() => dial(url))
  const memory = useOwned(openSandboxMemory)
  if (connection === undefined || memory === undefined) return null
  return (
    <MemoryProvider value={memory}>
      <Desk connection={connection} />
    </MemoryProvider>
  )
}

function Desk({ connection }: { readonly connection: SandboxConnection }) {
  const state = useSyncExternalStore(connection.subscribe, connection.state)
  const { retry } = connection
  useEffect(() => {
    window.addEventListener('online', retry)
    return () => window.removeEventListener('online', retry)
  }, [retry])
  return <SandboxDesk state={state} onRetry={retry} />
}

function dial(url: string): SandboxConnection {
  return openConnection({
    connect: () => connectSandbox(url),
    after: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  })
}
