import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { CodeEditor, type EditorLanguage } from '../../editor/code-editor.tsx'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { useShortcut } from '../../shell/shortcuts.ts'
import { Button } from '../../ui/button.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { sandboxKeys } from './queries.ts'
import type { SessionConsole } from './session-console.ts'
import type { OpenFile } from './session-desk.tsx'
import { commandFor, join, workspaceFolder } from './shell.ts'

export interface CodePaneProps {
  readonly session: SandboxSession
  readonly language: string
  readonly file: OpenFile
  readonly shell: SessionConsole | undefined
  readonly running: boolean
  readonly connected: boolean
  readonly onChange: (file: OpenFile) => void
}

/** Edits one file; Run writes it and executes it in the terminal. */
export function CodePane({
  session,
  language,
  file,
  shell,
  running,
  connected,
  onChange,
}: CodePaneProps) {
  const { t } = useI18n()
  const save = useSaveFile(session, file)
  const name = file.path.slice(workspaceFolder.length + 1)
  const command = commandFor(language, file.path)
  const canRun =
    connected && !running && shell !== undefined && command !== undefined && name !== ''
  const run = () => {
    if (!canRun || save.isPending) return
    save.mutateAsync(false).then(
      () => shell.run(command, `${command.program} ${name}`),
      () => undefined,
    )
  }
  useShortcut('Enter', run)
  useShortcut('s', () => connected && save.mutate(true))
  return (
    <section className="code-pane" aria-label={t('sandbox.code')}>
      <CodePaneHead
        file={file}
        name={name}
        saving={save.isPending}
        connected={connected}
        canRun={canRun}
        onChange={onChange}
        onSave={() => save.mutate(true)}
        onRun={run}
      />
      <CodeEditor
        label={t('sandbox.codeLabel')}
        language={languageOfFile(name)}
        value={file.text}
        onChange={(text) => onChange({ ...file, text })}
        onRun={run}
      />
    </section>
  )
}

interface CodePaneHeadProps {
  readonly file: OpenFile
  readonly name: string
  readonly saving: boolean
  readonly connected: boolean
  readonly canRun: boolean
  readonly onChange: (file: OpenFile) => void
  readonly onSave: () => void
  readonly onRun: () => void
}

function CodePaneHead({
  file,
  name,
  saving,
  connected,
  canRun,
  onChange,
  onSave,
  onRun,
}: CodePaneHeadProps) {
  const { t } = useI18n()
  return (
    <header className="pane-head">
      <input
        className="file-name mono"
        aria-label={t('sandbox.fileName')}
        value={name}
        spellCheck={false}
        onChange={(event) =>
          onChange({ ...file, path: join(workspaceFolder, event.target.value.trimStart()) })
        }
      />
      <Button
        size="small"
        disabled={!connected || name === ''}
        busy={saving}
        aria-label={t('sandbox.saveFile', { name })}
        onClick={onSave}
      >
        {t('action.save')}
      </Button>
      <Button
        size="small"
        look="primary"
        icon={<Play size={12} fill="currentColor" aria-hidden />}
        disabled={!canRun}
        aria-label={t('sandbox.runFile', { file: name })}
        onClick={onRun}
      >
        {t('action.run')}
      </Button>
    </header>
  )
}

/** Writes the file; told about only when the user asked for it. */
function useSaveFile(session: SandboxSession, file: OpenFile) {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: async (_announced: boolean) => session.writeFile(file.path, file.text),
    onSuccess: (_written, announced) => {
      void queryClient.invalidateQueries({ queryKey: sandboxKeys.files(session.sessionId) })
      if (announced) toaster.done(t('sandbox.fileSaved', { name: file.path }))
    },
    onError: (error) => toaster.failed(t('sandbox.fileFailed'), error),
  })
}

function languageOfFile(name: string): EditorLanguage {
  if (name.endsWith('.py')) return 'python'
  if (/\.[cm]?[jt]s$/.test(name)) return 'javascript'
  return name.endsWith('.json') ? 'json' : 'plaintext'
}
