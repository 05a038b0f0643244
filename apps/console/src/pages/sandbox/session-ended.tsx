import { CircleSlash } from 'lucide-react'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { toNewSession } from './records/session-draft.ts'
import type { SessionRecord } from './records/session-records.ts'
import { useCreateSession } from './use-create-session.ts'

export interface SessionEndedProps {
  readonly client: SandboxClient
  readonly connected: boolean
  readonly record: SessionRecord
}

/** Says that the session is over while its code and output stay, and goes on with the code in a new one. */
export function SessionEnded({ client, connected, record }: SessionEndedProps) {
  const { t } = useI18n()
  const create = useCreateSession(client)
  const { language, engine, runtime, draft } = record
  return (
    <>
      <div className="session-ended" role="status">
        <CircleSlash size={16} aria-hidden />
        <p>
          <strong>{t('sandbox.gone')}</strong> {t('sandbox.goneKept')}
        </p>
        <Button
          look="primary"
          size="small"
          busy={create.isPending}
          disabled={!connected}
          onClick={() => create.mutate({ language, engine, runtime, draft: toNewSession(draft) })}
        >
          {t('sandbox.again')}
        </Button>
      </div>
      {create.error !== null && <ErrorPanel title={t('sandbox.new')} error={create.error} />}
    </>
  )
}
