import type { ReactNode } from 'react'
import { FormDialog, type DialogProps } from './dialog.tsx'
import { ErrorPanel } from './error-panel.tsx'

/** The part of a mutation that a dialog needs. */
export interface ConfirmedAction {
  readonly isPending: boolean
  readonly error: Error | null
  readonly mutate: () => void
}

export interface ConfirmDialogProps extends Omit<DialogProps, 'children'> {
  readonly confirmLabel: string
  readonly action: ConfirmedAction
  readonly canConfirm?: boolean
  readonly children?: ReactNode
}

/** Asks before something that cannot be taken back, and shows why it failed when it did. */
export function ConfirmDialog({
  confirmLabel,
  action,
  canConfirm = true,
  children,
  ...dialog
}: ConfirmDialogProps) {
  return (
    <FormDialog
      {...dialog}
      submitLabel={confirmLabel}
      submitLook="danger"
      busy={action.isPending}
      canSubmit={canConfirm}
      error={action.error !== null && <ErrorPanel error={action.error} />}
      onSubmit={action.mutate}
    >
      {children}
    </FormDialog>
  )
}
