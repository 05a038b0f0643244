import { CircleAlert } from 'lucide-react'
import { toErrorText } from '../api/error-text.ts'
import { useI18n } from '../i18n/i18n-context.tsx'
import { Button } from './button.tsx'
import './error-panel.css'

export interface ErrorPanelProps {
  readonly error: unknown
  readonly title?: string
  readonly onRetry?: () => void
}

/** What went wrong, with the code to search for, and a way on. */
export function ErrorPanel({ error, title, onRetry }: ErrorPanelProps) {
  const { t, errorWords } = useI18n()
  const { code, message } = toErrorText(error)
  const words = errorWords(code)
  return (
    <div className="error-panel" role="alert">
      <CircleAlert size={16} aria-hidden />
      <div className="error-words">
        {title !== undefined && <p className="error-title">{title}</p>}
        {words !== undefined && <p>{words}</p>}
        <p lang="en" className={words === undefined ? undefined : 'error-original'}>
          {message}
        </p>
        <code className="error-code">{code}</code>
      </div>
      {onRetry !== undefined && (
        <Button size="small" onClick={onRetry}>
          {t('action.retry')}
        </Button>
      )}
    </div>
  )
}
