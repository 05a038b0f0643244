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
  functionLog: (ref: FunctionRef, executionId: string) => [
    'workspaces',
    ref.workspaceId,
    'functions',
    ref.functionId,
    'log',
    executionId,
  ],
  activity: (ref: FunctionRef) => [
    'workspaces',
    ref.workspaceId,
    'functions',
    ref.functionId,
    'activity',
  ],
} as const

/** What has not changed costs an empty answer: the browser asks with the ETag of the last one. */
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
    queryFn: ({ signal }) => api.functions.summaries(id, { signal }),
    refetchInterval: pollMs,
  })

export const functionQuery = ({ workspaceId, functionId }: FunctionRef) =>
  queryOptions({
    queryKey: keys.function({ workspaceId, functionId }),
    queryFn: ({ signal }) => api.functions.get(workspaceId, functionId, { signal }),
  })

export const workspaceLogsQuery = (id: string, limit: number) =>
  queryOptions({
    queryKey: [...keys.workspaceLogs(id), limit],
    queryFn: ({ signal }) => api.workspaces.logSummaries(id, { limit, signal }),
    refetchInterval: pollMs,
  })

export const functionLogsQuery = (ref: FunctionRef, limit: number) =>
  queryOptions({
    queryKey: [...keys.functionLogs(ref), limit],
    queryFn: ({ signal }) =>
      api.functions.logSummaries(ref.workspaceId, ref.functionId, { limit, signal }),
    refetchInterval: pollMs,
  })

/** One execution; it never changes. */
export const functionLogQuery = (ref: FunctionRef, executionId: string) =>
  queryOptions({
    queryKey: keys.functionLog(ref, executionId),
    queryFn: ({ signal }) => api.functions.log({ ...ref, executionId }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })

/** What the calls of a function do now, while somebody waits for one of them. */
export const activityQuery = (ref: FunctionRef) =>
  queryOptions({
    queryKey: keys.activity(ref),
    queryFn: ({ signal }) => api.functions.activity(ref.workspaceId, ref.functionId, { signal }),
    refetchInterval: 500,
    gcTime: 0,
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
