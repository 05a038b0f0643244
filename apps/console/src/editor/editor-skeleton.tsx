import { useI18n } from '../i18n/i18n-context.tsx'

export interface EditorSkeletonProps {
  readonly text: string
  readonly compact: boolean
}

/** The text itself, still without colours, where the editor will show it: nothing jumps when it arrives. */
export function EditorSkeleton({ text, compact }: EditorSkeletonProps) {
  const { t } = useI18n()
  return (
    <div
      className={`editor-skeleton ${compact ? 'editor-skeleton-compact' : ''}`}
      aria-busy
      aria-label={t('editor.loading')}
      role="img"
    >
      {text.split('\n').map((line, index) => (
        <div key={index} className="editor-skeleton-line">
          <span className="editor-skeleton-number">{index + 1}</span>
          <span>{line || ' '}</span>
        </div>
      ))}
    </div>
  )
}
