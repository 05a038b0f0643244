import { useId, type ComponentProps, type ReactNode } from 'react'
import './field.css'

interface FieldFrameProps {
  readonly label: string
  readonly hint?: ReactNode
  /** Why the value cannot be taken; shown in place of the hint and read out. */
  readonly error?: string | undefined
}

interface FieldIds {
  readonly id: string
  readonly describedBy: string | undefined
}

function FieldFrame({
  label,
  hint,
  error,
  children,
}: FieldFrameProps & { readonly children: (ids: FieldIds) => ReactNode }) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, describedBy: note === undefined ? undefined : `${id}-note` })}
      {note !== undefined && (
        <p id={`${id}-note`} className={error === undefined ? 'field-hint' : 'field-error'}>
          {note}
        </p>
      )}
    </div>
  )
}

export function TextField({
  label,
  hint,
  error,
  ...input
}: FieldFrameProps & ComponentProps<'input'>) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {({ id, describedBy }) => (
        <input
          id={id}
          className="input"
          type="text"
          aria-describedby={describedBy}
          aria-invalid={error === undefined ? undefined : true}
          {...input}
        />
      )}
    </FieldFrame>
  )
}

export function TextArea({
  label,
  hint,
  error,
  ...input
}: FieldFrameProps & ComponentProps<'textarea'>) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          className="input input-area"
          aria-describedby={describedBy}
          aria-invalid={error === undefined ? undefined : true}
          {...input}
        />
      )}
    </FieldFrame>
  )
}

export interface SelectOption {
  readonly value: string
  readonly label: string
}

export function Select({
  label,
  hint,
  error,
  options,
  ...select
}: FieldFrameProps & ComponentProps<'select'> & { readonly options: readonly SelectOption[] }) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {({ id, describedBy }) => (
        <select id={id} className="input select" aria-describedby={describedBy} {...select}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  )
}

export interface SwitchProps {
  readonly label: string
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}

/** An on/off switch whose name is read out but not shown. */
export function Switch({ label, checked, onChange, disabled = false }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      className="switch"
      disabled={disabled}
      onClick={() => onChange(!checked)}
    >
      <span className="switch-knob" />
    </button>
  )
}
