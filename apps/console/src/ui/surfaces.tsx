import type { CSSProperties, ReactNode } from 'react'
import { useI18n } from '../i18n/i18n-context.tsx'
import './surfaces.css'

export type Tone = 'good' | 'bad' | 'warn' | 'off'

/** A coloured dot that always comes with words: the colour alone carries nothing. */
export function StatusDot({ tone, label }: { readonly tone: Tone; readonly label: string }) {
  return (
    <span className={`dot dot-${tone}`}>
      <span className="visually-hidden">{label}</span>
    </span>
  )
}

/** Marks what has changes that are not saved. */
export function UnsavedDot() {
  const { t } = useI18n()
  return (
    <span className="unsaved-dot" title={t('editor.unsaved')}>
      <span className="visually-hidden">{t('editor.unsaved')}</span>
    </span>
  )
}

export function Badge({
  tone = 'off',
  children,
}: {
  readonly tone?: Tone | 'accent'
  readonly children: ReactNode
}) {
  return <span className={`badge badge-${tone}`}>{children}</span>
}

export function Kbd({ children }: { readonly children: ReactNode }) {
  return <kbd className="kbd">{children}</kbd>
}

export interface SkeletonProps {
  readonly width?: CSSProperties['width']
  readonly height?: CSSProperties['height']
  readonly className?: string
}

/** A placeholder of the size of what is on its way. */
export function Skeleton({ width = '100%', height = '1em', className = '' }: SkeletonProps) {
  return <span className={`skeleton ${className}`} style={{ width, height }} aria-hidden />
}

export interface EmptyStateProps {
  readonly icon?: ReactNode
  readonly title: string
  readonly children?: ReactNode
  readonly action?: ReactNode
  readonly compact?: boolean
}

export function EmptyState({ icon, title, children, action, compact = false }: EmptyStateProps) {
  return (
    <div className={`empty ${compact ? 'empty-compact' : ''}`}>
      {icon !== undefined && <div className="empty-icon">{icon}</div>}
      <p className="empty-title">{title}</p>
      {children !== undefined && <div className="empty-text">{children}</div>}
      {action !== undefined && <div className="empty-action">{action}</div>}
    </div>
  )
}

export interface MetricProps {
  readonly label: string
  readonly value: ReactNode
  readonly note?: ReactNode
}

export function Metric({ label, value, note }: MetricProps) {
  return (
    <div className="metric">
      <dt>{label}</dt>
      <dd className="metric-value number">{value}</dd>
      {note !== undefined && <dd className="metric-note">{note}</dd>}
    </div>
  )
}
