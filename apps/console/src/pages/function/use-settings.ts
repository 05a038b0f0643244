import { useReducer, type Dispatch } from 'react'
import type { FunctionConfig } from '@gaesup-state/console-api/contract'
import { useI18n } from '../../i18n/i18n-context.tsx'
import {
  findProblems,
  reduceSettings,
  toSettingsDraft,
  toUpdate,
  type SettingsDraft,
  type SettingsEvent,
  type SettingsProblems,
} from './settings-draft.ts'
import { useUpdateFunction } from './use-update-function.ts'

/** The settings form of a function; it outlives the tab that shows it. */
export interface Settings {
  readonly draft: SettingsDraft
  readonly problems: SettingsProblems
  readonly changed: boolean
  readonly canSave: boolean
  readonly saving: boolean
  /** Why the last save failed. */
  readonly failure: Error | null
  readonly dispatch: Dispatch<SettingsEvent>
  readonly reset: () => void
  readonly saveAsync: () => Promise<unknown>
}

export function useSettings(fn: FunctionConfig): Settings {
  const { t } = useI18n()
  const update = useUpdateFunction(fn, t('settings.saved'))
  const [draft, dispatch] = useReducer(reduceSettings, fn, toSettingsDraft)
  const problems = findProblems(draft)
  const changed = JSON.stringify(toUpdate(draft)) !== JSON.stringify(toUpdate(toSettingsDraft(fn)))
  return {
    draft,
    problems,
    changed,
    canSave: changed && Object.keys(problems).length === 0,
    saving: update.isPending,
    failure: update.error,
    dispatch,
    reset: () => dispatch({ type: 'reset', to: toSettingsDraft(fn) }),
    saveAsync: async () => {
      const saved = await update.mutateAsync(toUpdate(draft))
      dispatch({ type: 'reset', to: toSettingsDraft(saved) })
    },
  }
}
