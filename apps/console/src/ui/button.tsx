import type { ComponentProps, ReactNode } from 'react'
import './button.css'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: 'plain' | 'primary' | 'quiet' | 'danger'
  readonly size?: 'small' | 'normal'
  readonly icon?: ReactNode
  /** Shows that the action runs; the button keeps its width and cannot be pressed again. */
  readonly busy?: boolean
}

export function Button({
  look = 'plain',
  size = 'normal',
  icon,
  busy = false,
  children,
  className = '',
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      className={`button button-${look} button-${size} ${className}`}
      aria-busy={busy || undefined}
      disabled={disabled === true || busy}
      {...rest}
    >
      {busy ? <span className="spinner" aria-hidden /> : icon}
      {children}
    </button>
  )
}

export interface IconButtonProps extends ComponentProps<'button'> {
  /** Name for screen readers, and the tooltip. */
  readonly label: string
  readonly tipSide?: 'bottom' | 'left' | 'right'
}

export function IconButton({
  label,
  tipSide = 'bottom',
  className = '',
  children,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      className={`icon-button tip tip-${tipSide} ${className}`}
      aria-label={label}
      data-tip={label}
      {...rest}
    >
      {children}
    </button>
  )
}
