import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { SandboxClient } from '@gaesup-state/sandbox/client'
import { sandboxKeys } from './queries.ts'

const route = getRouteApi('/sandbox')

export type LanguageInfo = Awaited<ReturnType<SandboxClient['listLanguages']>>[number]

/** Starts a session on the very engine and runtime that was chosen, and opens it. */
export function useCreateSession(client: SandboxClient) {
  const queryClient = useQueryClient()
  const navigate = route.useNavigate()
  return useMutation({
    mutationFn: ({ language, engine, runtime }: LanguageInfo) =>
      client.createSession({ language, engine, runtime }),
    onSuccess: async (session) => {
      await queryClient.invalidateQueries({ queryKey: sandboxKeys.sessions })
      await navigate({ search: { session: session.sessionId } })
    },
  })
}
