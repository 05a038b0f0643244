import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FunctionConfig, UpdateFunctionRequest } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useToaster } from '../../ui/toasts.tsx'

/** Changes a function and shows everywhere what the server made of it; `done` is said when it worked. */
export function useUpdateFunction(fn: FunctionConfig, done: string) {
  const toaster = useToaster()
  const queryClient = useQueryClient()
  const { workspaceId, id: functionId } = fn
  return useMutation({
    mutationFn: (change: UpdateFunctionRequest) =>
      api.functions.update(workspaceId, functionId, change),
    onSuccess: (updated) => {
      queryClient.setQueryData(keys.function({ workspaceId, functionId }), updated)
      void queryClient.invalidateQueries({ queryKey: keys.functions(workspaceId), exact: true })
      toaster.done(done)
    },
  })
}
