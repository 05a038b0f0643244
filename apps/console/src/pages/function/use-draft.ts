import { useState } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { decodeCode, encodeCode, type FunctionConfig } from '@gaesup-state/console-api/contract'
import { api } from '../../api/client.ts'
import { keys } from '../../api/queries.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { useToaster } from '../../ui/toasts.tsx'

/** The code as it stands in the editor. */
export interface Draft {
  readonly code: string
  readonly dirty: boolean
  readonly saving: boolean
  readonly setCode: (code: string) => void
  readonly save: () => void
  readonly saveAsync: () => Promise<unknown>
  readonly discard: () => void
}

/** Keeps edits over the saved code; a save elsewhere shows up here only while nothing is edited. */
export function useDraft(fn: FunctionConfig): Draft {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  const [edited, setEdited] = useState<string>()
  const saved = decodeCode(fn.code)
  const code = edited ?? saved
  const save = useMutation({
    mutationFn: (source: string) =>
      api.functions.update(fn.workspaceId, fn.id, { code: encodeCode(source) }),
    onSuccess: (updated, source) => {
      queryClient.setQueryData(
        keys.function({ workspaceId: fn.workspaceId, functionId: fn.id }),
        updated,
      )
      void queryClient.invalidateQueries({ queryKey: keys.functions(fn.workspaceId), exact: true })
      setEdited((current) => (current === source ? undefined : current))
      toaster.done(t('editor.saved'))
    },
    onError: (error) => toaster.failed(t('editor.saveFailed'), error),
  })
  return {
    code,
    dirty: code !== saved,
    saving: save.isPending,
    setCode: setEdited,
    save: () => save.mutate(code),
    saveAsync: () => save.mutateAsync(code),
    discard: () => setEdited(undefined),
  }
}
