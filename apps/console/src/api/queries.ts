import { queryOptions } from '@tanstack/react-query'
import { api } from './client.ts'
import { fetchStatus } from './status.ts'

export interface FunctionRef {
  readonly workspaceId: string
  readonly functionId: string
}

/** Keys are nested, so invalidating a workspace reaches everything inside it. */
export const keys = {
  workspaces: ['workspaces'],
  workspace: (id: string) => ['workspaces', id],
  functions: (id: string) => ['workspaces', id, 'functions'],
  function: (ref: FunctionRef) => ['workspaces', ref.workspaceId, 'functions', ref.functionId],
  workspaceLogs: (id: string) => ['workspaces', id, 'logs'],
  functionLogs: (ref: FunctionRef) => [
    'workspaces',
    ref.workspaceId,
    'functions',
    ref.functionId,
    'logs',
  ],
} as const

const pollMs = 5000

export const workspacesQuery = () =>
  queryOptions({
    queryKey: keys.workspaces,
    queryFn: ({ signal }) => api.workspaces.list({ signal }),
    refetchInterval: 2 * pollMs,
  })

export const workspaceQuery = (id: string) =>
  queryOptions({
    queryKey: keys.workspace(id),
    queryFn: ({ signal }) => api.workspaces.get(id, { signal }),
    refetchInterval: pollMs,
  })

export const functionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.functions(id),
    queryFn: ({ signal }) => api.functions.list(id, { signal }),
    // A long list brings all its code along; it is asked for less often.
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) > 200 ? 6 * pollMs : pollMs),
  })

export const functionQuery = ({ workspaceId, functionId }: FunctionRef) =>
  queryOptions({
    queryKey: keys.function({ workspaceId, functionId }),
    queryFn: ({ signal }) => api.functions.get(workspaceId, functionId, { signal }),
  })

export const workspaceLogsQuery = (id: string, limit: number) =>
  queryOptions({
    queryKey: [...keys.workspaceLogs(id), limit],
    queryFn: ({ signal }) => api.workspaces.logs(id, { limit, signal }),
    refetchInterval: pollMs,
  })

export const functionLogsQuery = (ref: FunctionRef, limit: number) =>
  queryOptions({
    queryKey: [...keys.functionLogs(ref), limit],
    queryFn: ({ signal }) => api.functions.logs(ref.workspaceId, ref.functionId, { limit, signal }),
    refetchInterval: pollMs,
  })

export const runtimesQuery = () =>
  queryOptions({
    queryKey: ['runtimes'],
    queryFn: ({ signal }) => api.runtimes({ signal }),
    staleTime: 60_000,
  })

export const statusQuery = () =>
  queryOptions({
    queryKey: ['status'],
    queryFn: ({ signal }) => fetchStatus(signal),
    staleTime: 10_000,
    refetchInterval: 2 * pollMs,
  })
