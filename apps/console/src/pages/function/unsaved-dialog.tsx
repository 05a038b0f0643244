import { useBlocker } from '@tanstack/react-router'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import type { Draft } from './use-draft.ts'

/** Asks before a way out of the page would lose edits; the tabs of the page are no way out. */
export function UnsavedDialog({
  draft,
  functionId,
}: {
  readonly draft: Draft
  readonly functionId: string
}) {
  const { t } = useI18n()
  const blocker = useBlocker({
    shouldBlockFn: ({ next }) => draft.dirty && !next.pathname.endsWith(`/f/${functionId}`),
    enableBeforeUnload: () => draft.dirty,
    withResolver: true,
  })
  if (blocker.status !== 'blocked') return null
  const save = () => {
    draft.saveAsync().then(blocker.proceed, blocker.reset)
  }
  return (
    <Dialog title={t('unsaved.title')} description={t('unsaved.text')} onClose={blocker.reset}>
      <div className="dialog-form">
        <footer className="dialog-actions">
          <Button look="quiet" onClick={blocker.proceed}>
            {t('unsaved.discard')}
          </Button>
          <Button onClick={blocker.reset}>{t('unsaved.stay')}</Button>
          <Button look="primary" busy={draft.saving} onClick={save}>
            {t('unsaved.save')}
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}
