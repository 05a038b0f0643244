import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Menu } from '../../ui/menu.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { languagesQuery } from './queries.ts'
import { useCreateSession } from './use-create-session.ts'

export interface NewSessionProps {
  readonly client: SandboxClient
  readonly connected: boolean
}

export function NewSessionMenu({ client, connected }: NewSessionProps) {
  const { t } = useI18n()
  const toaster = useToaster()
  const languages = useQuery(languagesQuery(client, connected)).data ?? []
  const create = useCreateSession(client)
  return (
    <Menu
      label={t('sandbox.new')}
      trigger={
        create.isPending ? <span className="spinner" aria-hidden /> : <Plus size={17} aria-hidden />
      }
      items={languages.map((one) => ({
        key: `${one.engine} ${one.runtime}`,
        label: t('sandbox.engine', { runtime: one.runtime, engine: one.engine }),
        onSelect: () =>
          create.mutate(one, { onError: (error) => toaster.failed(t('sandbox.new'), error) }),
      }))}
    />
  )
}
