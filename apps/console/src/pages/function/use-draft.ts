import { useState } from 'react'
import { decodeCode, encodeCode, type FunctionConfig } from '@gaesup-state/console-api/contract'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { useUpdateFunction } from './use-update-function.ts'

/** The code as it stands in the editor. */
export interface Draft {
  readonly code: string
  readonly dirty: boolean
  readonly saving: boolean
  readonly setCode: (code: string) => void
  readonly save: () => void
  readonly saveAsync: () => Promise<unknown>
}

/** Keeps edits over the saved code; a save elsewhere shows up here only while nothing is edited. */
export function useDraft(fn: FunctionConfig): Draft {
  const { t } = useI18n()
  const toaster = useToaster()
  const update = useUpdateFunction(fn, t('editor.saved'))
  const [edited, setEdited] = useState<string>()
  const saved = decodeCode(fn.code)
  const code = edited ?? saved
  const saveAsync = async () => {
    try {
      await update.mutateAsync({ code: encodeCode(code) })
    } catch (error) {
      toaster.failed(t('editor.saveFailed'), error)
      throw error
    }
    setEdited((current) => (current === code ? undefined : current))
  }
  return {
    code,
    dirty: code !== saved,
    saving: update.isPending,
    setCode: setEdited,
    // The failure was told.
    save: () => void saveAsync().catch(() => undefined),
    saveAsync,
  }
}
