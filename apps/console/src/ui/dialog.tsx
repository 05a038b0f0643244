import { useEffect, useId, useRef, type ReactNode, type SubmitEvent } from 'react'
import { X } from 'lucide-react'
import { useI18n } from '../i18n/i18n-context.tsx'
import { Button, IconButton, type ButtonProps } from './button.tsx'
import './dialog.css'

const firstFocus =
  '[data-autofocus], .dialog-form :is(input, textarea, select, button):not(:disabled)'

export interface DialogProps {
  readonly title: string
  readonly description?: ReactNode
  readonly onClose: () => void
  readonly children: ReactNode
  readonly className?: string
}

/** A modal on the browser's own `<dialog>`: focus stays inside, Escape closes, focus returns to where it was. */
export function Dialog({ title, description, onClose, children, className = '' }: DialogProps) {
  const { t } = useI18n()
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const descriptionId = useId()
  useEffect(() => {
    const opener = document.activeElement
    element.current?.showModal()
    // The browser would choose the first button, which closes.
    element.current?.querySelector<HTMLElement>(firstFocus)?.focus()
    return () => {
      if (opener instanceof HTMLElement) opener.focus()
    }
  }, [])
  return (
    <dialog
      ref={element}
      className={`dialog ${className}`}
      aria-labelledby={titleId}
      aria-describedby={description === undefined ? undefined : descriptionId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <IconButton label={t('action.close')} tipSide="left" onClick={onClose}>
            <X size={16} aria-hidden />
          </IconButton>
        </header>
        {description !== undefined && (
          <p id={descriptionId} className="dialog-description">
            {description}
          </p>
        )}
        {children}
      </div>
    </dialog>
  )
}

export interface FormDialogProps extends DialogProps {
  readonly submitLabel: string
  readonly submitLook?: ButtonProps['look']
  readonly busy: boolean
  readonly canSubmit?: boolean
  /** What went wrong with the last try. */
  readonly error?: ReactNode
  readonly onSubmit: () => void
}

export function FormDialog({
  submitLabel,
  submitLook = 'primary',
  busy,
  canSubmit = true,
  error,
  onSubmit,
  children,
  ...dialog
}: FormDialogProps) {
  const { t } = useI18n()
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (canSubmit && !busy) onSubmit()
  }
  return (
    <Dialog {...dialog}>
      <form className="dialog-form" onSubmit={submit} noValidate>
        {children}
        {error}
        <footer className="dialog-actions">
          <Button onClick={dialog.onClose}>{t('action.cancel')}</Button>
          <Button type="submit" look={submitLook} busy={busy} disabled={!canSubmit}>
            {submitLabel}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
