import { useEffect, useEffectEvent, useRef } from 'react'
import { flushSync } from 'react-dom'
import { useI18n } from '../i18n/i18n-context.tsx'
import { useTheme } from '../theme/use-theme.tsx'
import { ErrorPanel } from '../ui/error-panel.tsx'
import { compactOptions, editorOptions } from './editor-options.ts'
import { EditorSkeleton } from './editor-skeleton.tsx'
import { useFailedLine, useMonaco, useShownText } from './use-monaco.ts'
import './code-editor.css'

export type EditorLanguage = 'python' | 'javascript' | 'json' | 'plaintext'

export interface CodeEditorProps {
  readonly label: string
  readonly value: string
  readonly language: EditorLanguage
  readonly onChange: (value: string) => void
  /** For a few lines: no line numbers, less air. */
  readonly compact?: boolean
  /** Line to mark as the place of a failure. */
  readonly failedLine?: number | undefined
  /** Called for ⌘↵ / Ctrl+Enter inside the editor, which Monaco would keep for itself. */
  readonly onRun?: () => void
}

/** Monaco, loaded when first shown. */
export function CodeEditor({
  label,
  value,
  language,
  onChange,
  compact = false,
  failedLine,
  onRun,
}: CodeEditorProps) {
  const { t } = useI18n()
  const { shown } = useTheme()
  const host = useRef<HTMLDivElement>(null)
  const echoes = useRef<string[]>([])
  const changed = useEffectEvent((next: string) => onChange(next))
  const run = useEffectEvent(() => onRun?.())
  const { loaded, failure } = useMonaco(host, (monaco, element) => {
    const options = compact ? compactOptions : editorOptions
    const created = monaco.editor.create(element, {
      ...options,
      value,
      language,
      ariaLabel: label,
      theme: `gaesup-${shown}`,
    })
    created.onDidChangeModelContent(({ isFlush }) => {
      // The whole text was put in by the page, which knows it.
      if (isFlush) return
      echoes.current.push(created.getValue())
      // The next key may already be the one that runs or saves it.
      flushSync(() => changed(created.getValue()))
    })
    created.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => run())
    return created
  })
  useShownText(loaded, value, echoes)
  useEffect(() => loaded?.monaco.editor.setTheme(`gaesup-${shown}`), [loaded, shown])
  useEffect(() => {
    const model = loaded?.editor.getModel()
    if (loaded !== undefined && model) loaded.monaco.editor.setModelLanguage(model, language)
  }, [loaded, language])
  useFailedLine(loaded, failedLine)
  return (
    <div className="code-editor">
      {loaded === undefined && failure === undefined && (
        <EditorSkeleton text={value} compact={compact} />
      )}
      {failure !== undefined && (
        <ErrorPanel
          title={t('editor.failed')}
          error={failure}
          onRetry={() => window.location.reload()}
        />
      )}
      <div ref={host} className="code-host" data-ready={loaded !== undefined} />
    </div>
  )
}
