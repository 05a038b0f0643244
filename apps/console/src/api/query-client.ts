import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from '@gaesup-state/console-api/contract'
import type { Connection } from './connection.ts'
import { isUnreachable } from './error-text.ts'

/** A cache that reports to `connection` whether the daemon answers, and repeats only what may pass by itself. */
export function createQueryClient(connection: Connection): QueryClient {
  const report = {
    onSuccess: () => connection.report(true),
    onError: (error: Error) => {
      if (isUnreachable(error)) connection.report(false)
      else if (error instanceof ApiError) connection.report(true)
    },
  }
  return new QueryClient({
    queryCache: new QueryCache(report),
    mutationCache: new MutationCache(report),
    defaultOptions: {
      queries: {
        staleTime: 2000,
        networkMode: 'always',
        retry: (failures, error) =>
          failures < 2 &&
          error instanceof ApiError &&
          (error.status === 429 || error.status === 503),
      },
      mutations: { networkMode: 'always' },
    },
  })
}
