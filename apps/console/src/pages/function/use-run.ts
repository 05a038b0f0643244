import { useEffect, useReducer, useRef, useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  encodeCode,
  type ExecutionLog,
  type FunctionConfig,
} from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { requestForCode } from '../../templates/templates.ts'
import {
  reduceRequest,
  toWireRequest,
  type RequestDraft,
  type RequestEvent,
} from './request-draft.ts'
import { keepRequest, readRequest } from './request-memory.ts'
import type { Draft } from './use-draft.ts'

export interface Run {
  readonly request: RequestDraft
  readonly running: boolean
  readonly result: ExecutionLog | undefined
  /** It was stopped by the person before it answered. */
  readonly stopped: boolean
  /** The API refused, or could not be reached; a failing function is a result. */
  readonly error: unknown
  readonly changeRequest: (event: RequestEvent) => void
  readonly start: () => void
  readonly cancel: () => void
}

/** Runs what stands in the editor: as a draft while it is unsaved, as a counted call when it is saved. */
export function useRun(fn: FunctionConfig, draft: Draft): Run {
  const queryClient = useQueryClient()
  const [first] = useState<RequestDraft>(
    () =>
      readRequest(fn.id, fn.httpMethods) ?? {
        ...requestForCode(draft.code, fn.httpMethods),
        headers: [],
      },
  )
  const [request, changeRequest] = useReducer(reduceRequest, first)
  useEffect(() => {
    if (request !== first) keepRequest(fn.id, request)
  }, [fn.id, first, request])
  const controller = useRef<AbortController>(null)
  const call = useMutation({
    mutationFn: () => {
      controller.current = new AbortController()
      const { signal } = controller.current
      const wire = toWireRequest(request)
      return draft.dirty
        ? api.functions.draftRun(fn.workspaceId, fn.id, {
            code: encodeCode(draft.code),
            request: wire,
            signal,
          })
        : api.functions.execute(fn.workspaceId, fn.id, { ...wire, signal })
    },
    onSettled: () => {
      void queryClient.invalidateQueries({
        queryKey: keys.functionLogs({ workspaceId: fn.workspaceId, functionId: fn.id }),
      })
      void queryClient.invalidateQueries({ queryKey: keys.workspaceLogs(fn.workspaceId) })
    },
  })
  const stopped = call.error?.name === 'AbortError'
  return {
    request,
    running: call.isPending,
    result: call.data,
    stopped,
    error: call.error === null || stopped ? undefined : call.error,
    changeRequest,
    start: () => !call.isPending && call.mutate(),
    cancel: () => controller.current?.abort(),
  }
}
