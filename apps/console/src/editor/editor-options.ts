import type { editor } from 'monaco-editor/editor'

export const editorOptions: editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  fontFamily:
    'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", "D2Coding", monospace',
  fontSize: 13,
  lineHeight: 21,
  minimap: { enabled: false },
  overviewRulerLanes: 0,
  padding: { top: 14, bottom: 14 },
  renderLineHighlightOnlyWhenFocus: true,
  renderFinalNewline: 'on',
  scrollBeyondLastLine: false,
  scrollbar: {
    alwaysConsumeMouseWheel: false,
    verticalScrollbarSize: 10,
    horizontalScrollbarSize: 10,
  },
  stickyScroll: { enabled: false },
  unicodeHighlight: { ambiguousCharacters: false },
  fixedOverflowWidgets: true,
  lineNumbersMinChars: 3,
  glyphMargin: false,
}

export const compactOptions: editor.IStandaloneEditorConstructionOptions = {
  ...editorOptions,
  padding: { top: 0, bottom: 10 },
  lineNumbers: 'off',
  lineDecorationsWidth: 16,
  folding: false,
  renderLineHighlight: 'none',
  fontSize: 12.5,
  lineHeight: 20,
}
