import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { sandboxKeys } from './queries.ts'
import { useSandboxMemory } from './records/sandbox-memory.tsx'
import type { SessionDraft } from './records/session-draft.ts'
import { firstDraft, type SessionIdentity } from './session-identity.ts'

const route = getRouteApi('/sandbox')

export interface NewSession extends SessionIdentity {
  /** Code to start with; default: a sample of the language. */
  readonly draft?: SessionDraft
}

/** Starts a session on the very engine and runtime that was chosen, and opens it. */
export function useCreateSession(client: SandboxClient) {
  const { t } = useI18n()
  const { records } = useSandboxMemory()
  const queryClient = useQueryClient()
  const navigate = route.useNavigate()
  return useMutation({
    mutationFn: ({ language, engine, runtime }: NewSession) =>
      client.createSession({ language, engine, runtime }),
    onSuccess: async (session, { language, engine, runtime, draft }) => {
      records.begin(session.sessionId, {
        language,
        engine,
        runtime,
        draft: draft ?? firstDraft(language),
        transcript: `${t('sandbox.welcome', { runtime, engine })}\r\n`,
      })
      await queryClient.invalidateQueries({ queryKey: sandboxKeys.sessions })
      await navigate({ search: { session: session.sessionId } })
    },
  })
}
