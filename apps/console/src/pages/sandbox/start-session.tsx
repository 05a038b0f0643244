import { useQuery } from '@tanstack/react-query'
import { SquareTerminal } from 'lucide-react'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { EmptyState, Skeleton } from '../../ui/surfaces.tsx'
import type { NewSessionProps } from './new-session-menu.tsx'
import { languagesQuery } from './queries.ts'
import { useCreateSession } from './use-create-session.ts'

export interface StartSessionProps extends NewSessionProps {
  readonly title?: string
  readonly text?: string
}

/** What stands where no session is open: one press per runtime that this daemon really has. */
export function StartSession({ client, connected, title, text }: StartSessionProps) {
  const { t } = useI18n()
  const languages = useQuery(languagesQuery(client, connected))
  const create = useCreateSession(client)
  return (
    <div className="start-session">
      <EmptyState
        icon={<SquareTerminal size={22} aria-hidden />}
        title={title ?? t('sandbox.none')}
        action={
          languages.data?.map((one) => (
            <Button
              key={`${one.engine} ${one.runtime}`}
              busy={create.isPending && create.variables === one}
              disabled={!connected || create.isPending}
              onClick={() => create.mutate(one)}
            >
              {t('sandbox.engine', { runtime: one.runtime, engine: one.engine })}
            </Button>
          )) ?? <Skeleton width={220} height={34} />
        }
      >
        {text ?? t('sandbox.noneText')}
      </EmptyState>
      {create.error !== null && <ErrorPanel error={create.error} />}
      {languages.error !== null && (
        <ErrorPanel error={languages.error} onRetry={() => void languages.refetch()} />
      )}
    </div>
  )
}
