import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { SandboxClient, SandboxSession } from '@gaesup-state/sandbox/client'

export const sandboxKeys = {
  sessions: ['sandbox', 'sessions'],
  languages: ['sandbox', 'languages'],
  files: (sessionId: string) => ['sandbox', 'files', sessionId],
} as const

const pollMs = 4000

export const sessionsQuery = (client: SandboxClient, connected: boolean) =>
  queryOptions({
    queryKey: sandboxKeys.sessions,
    queryFn: () => client.listSessions(),
    enabled: connected,
    refetchInterval: connected ? pollMs : false,
  })

export const languagesQuery = (client: SandboxClient, connected: boolean) =>
  queryOptions({
    queryKey: sandboxKeys.languages,
    queryFn: () => client.listLanguages(),
    enabled: connected,
    staleTime: 60_000,
  })

export const filesQuery = (session: SandboxSession, folder: string, connected: boolean) =>
  queryOptions({
    queryKey: [...sandboxKeys.files(session.sessionId), folder],
    queryFn: () => session.listDirectory(folder),
    enabled: connected,
    placeholderData: keepPreviousData,
    retry: false,
  })
