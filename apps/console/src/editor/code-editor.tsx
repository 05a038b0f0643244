import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { editor } from 'monaco-editor/editor'
import { useI18n } from '../i18n/i18n-context.tsx'
import { useTheme } from '../theme/use-theme.tsx'
import { ErrorPanel } from '../ui/error-panel.tsx'
import { EditorSkeleton } from './editor-skeleton.tsx'
import './code-editor.css'

export type EditorLanguage = 'python' | 'javascript' | 'json' | 'plaintext'

export interface CodeEditorProps {
  readonly label: string
  readonly value: string
  readonly language: EditorLanguage
  readonly onChange: (value: string) => void
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
  failedLine,
  onRun,
}: CodeEditorProps) {
  const { t } = useI18n()
  const { shown } = useTheme()
  const host = useRef<HTMLDivElement>(null)
  const [loaded, setLoaded] = useState<{
    editor: editor.IStandaloneCodeEditor
    monaco: (typeof import('./monaco.ts'))['monaco']
  }>()
  const [failure, setFailure] = useState<unknown>()
  const changed = useEffectEvent((next: string) => onChange(next))
  const run = useEffectEvent(() => onRun?.())
  const start = useEffectEvent(
    (monaco: (typeof import('./monaco.ts'))['monaco'], element: HTMLElement) => {
      const created = monaco.editor.create(element, {
        ...options,
        value,
        language,
        ariaLabel: label,
        theme: `gaesup-${shown}`,
      })
      created.onDidChangeModelContent(() => changed(created.getValue()))
      created.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => run())
      return created
    },
  )
  useEffect(() => {
    let created: editor.IStandaloneCodeEditor | undefined
    let gone = false
    import('./monaco.ts').then(({ monaco }) => {
      if (gone || host.current === null) return
      created = start(monaco, host.current)
      setLoaded({ editor: created, monaco })
    }, setFailure)
    return () => {
      gone = true
      created?.getModel()?.dispose()
      created?.dispose()
    }
  }, [])
  useEffect(() => {
    if (loaded !== undefined && loaded.editor.getValue() !== value) loaded.editor.setValue(value)
  }, [loaded, value])
  useEffect(() => loaded?.monaco.editor.setTheme(`gaesup-${shown}`), [loaded, shown])
  useEffect(() => {
    const model = loaded?.editor.getModel()
    if (loaded !== undefined && model) loaded.monaco.editor.setModelLanguage(model, language)
  }, [loaded, language])
  useEffect(() => {
    if (loaded === undefined || failedLine === undefined) return
    const marks = loaded.editor.createDecorationsCollection([
      {
        range: new loaded.monaco.Range(failedLine, 1, failedLine, 1),
        options: {
          isWholeLine: true,
          className: 'failed-line',
          linesDecorationsClassName: 'failed-mark',
        },
      },
    ])
    loaded.editor.revealLineInCenterIfOutsideViewport(failedLine)
    return () => marks.clear()
  }, [loaded, failedLine])
  return (
    <div className="code-editor">
      {loaded === undefined && failure === undefined && <EditorSkeleton text={value} />}
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

const options: editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  fontFamily:
    'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", "D2Coding", monospace',
  fontSize: 13,
  lineHeight: 21,
  minimap: { enabled: false },
  overviewRulerLanes: 0,
  padding: { top: 14, bottom: 14 },
  renderLineHighlightOnlyWhenFocus: true,
  scrollBeyondLastLine: false,
  scrollbar: {
    alwaysConsumeMouseWheel: false,
    verticalScrollbarSize: 10,
    horizontalScrollbarSize: 10,
  },
  smoothScrolling: true,
  stickyScroll: { enabled: false },
  tabSize: 4,
  detectIndentation: true,
  unicodeHighlight: { ambiguousCharacters: false },
  fixedOverflowWidgets: true,
  wordBasedSuggestions: 'currentDocument',
  lineNumbersMinChars: 3,
  folding: true,
  glyphMargin: false,
}
