import { useBlocker } from '@tanstack/react-router'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import type { Draft } from './use-draft.ts'
import type { Settings } from './use-settings.ts'

export interface UnsavedDialogProps {
  readonly draft: Draft
  readonly settings: Settings
  readonly functionId: string
}

/** Asks before a way out of the page would lose edits; the tabs of the page are no way out. */
export function UnsavedDialog({ draft, settings, functionId }: UnsavedDialogProps) {
  const { t } = useI18n()
  const dirty = draft.dirty || settings.changed
  const blocker = useBlocker({
    shouldBlockFn: ({ next }) => dirty && !next.pathname.endsWith(`/f/${functionId}`),
    enableBeforeUnload: () => dirty,
    withResolver: true,
  })
  if (blocker.status !== 'blocked') return null
  const saveAll = async () => {
    if (draft.dirty) await draft.saveAsync()
    if (settings.changed) await settings.saveAsync()
  }
  return (
    <Dialog title={t('unsaved.title')} description={t('unsaved.text')} onClose={blocker.reset}>
      <div className="dialog-form">
        <footer className="dialog-actions">
          <Button look="quiet" onClick={blocker.proceed}>
            {t('unsaved.discard')}
          </Button>
          <Button onClick={blocker.reset}>{t('unsaved.stay')}</Button>
          <Button
            look="primary"
            busy={draft.saving || settings.saving}
            disabled={settings.changed && !settings.canSave}
            onClick={() => void saveAll().then(blocker.proceed, blocker.reset)}
          >
            {t('unsaved.save')}
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}
