/** Monaco with only what the console uses, from our own origin. Loaded on demand: it is larger than the rest together. */
import * as monaco from 'monaco-editor/editor'
// oxlint-disable-next-line import/default -- Vite makes the worker's constructor; the module on disk has none
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import 'monaco-editor/features/bracketMatching/register'
import 'monaco-editor/features/caretOperations/register'
import 'monaco-editor/features/clipboard/register'
import 'monaco-editor/features/comment/register'
import 'monaco-editor/features/contextmenu/register'
import 'monaco-editor/features/cursorUndo/register'
import 'monaco-editor/features/find/register'
import 'monaco-editor/features/folding/register'
import 'monaco-editor/features/indentation/register'
import 'monaco-editor/features/lineSelection/register'
import 'monaco-editor/features/linesOperations/register'
import 'monaco-editor/features/multicursor/register'
import 'monaco-editor/features/smartSelect/register'
import 'monaco-editor/features/suggest/register'
import 'monaco-editor/features/toggleTabFocusMode/register'
import 'monaco-editor/features/wordHighlighter/register'
import 'monaco-editor/features/wordOperations/register'
import 'monaco-editor/languages/definitions/javascript/register'
import 'monaco-editor/languages/definitions/python/register'
import { jsonLanguage } from './json-language.ts'

self.MonacoEnvironment = { getWorker: () => new EditorWorker() }

monaco.languages.register({ id: 'json', extensions: ['.json'] })
monaco.languages.setMonarchTokensProvider('json', jsonLanguage)
monaco.languages.setLanguageConfiguration('json', {
  brackets: [
    ['{', '}'],
    ['[', ']'],
  ],
  autoClosingPairs: [
    { open: '{', close: '}' },
    { open: '[', close: ']' },
    { open: '"', close: '"' },
  ],
})

monaco.editor.defineTheme('gaesup-light', {
  base: 'vs',
  inherit: true,
  rules: [
    { token: 'comment', foreground: '636a76', fontStyle: 'italic' },
    { token: 'keyword', foreground: '8a2fb0' },
    { token: 'string', foreground: '177245' },
    { token: 'number', foreground: 'a34a00' },
    { token: 'type', foreground: '3745ba' },
  ],
  colors: {
    'editor.background': '#ffffff',
    'editor.foreground': '#16181d',
    'editorLineNumber.foreground': '#6b727e',
    'editorLineNumber.activeForeground': '#16181d',
    'editor.lineHighlightBackground': '#f4f5f7',
    'editor.lineHighlightBorder': '#00000000',
    'editorIndentGuide.background1': '#e5e7eb',
    focusBorder: '#00000000',
  },
})

monaco.editor.defineTheme('gaesup-dark', {
  base: 'vs-dark',
  inherit: true,
  rules: [
    { token: 'comment', foreground: '8d95a1', fontStyle: 'italic' },
    { token: 'keyword', foreground: 'c49bff' },
    { token: 'string', foreground: '7fd3a4' },
    { token: 'number', foreground: 'f0b27a' },
    { token: 'type', foreground: '8f9bff' },
  ],
  colors: {
    'editor.background': '#14161a',
    'editor.foreground': '#eceef1',
    'editorLineNumber.foreground': '#7b8490',
    'editorLineNumber.activeForeground': '#eceef1',
    'editor.lineHighlightBackground': '#1a1d22',
    'editor.lineHighlightBorder': '#00000000',
    'editorIndentGuide.background1': '#262a31',
    focusBorder: '#00000000',
  },
})

export { monaco }
