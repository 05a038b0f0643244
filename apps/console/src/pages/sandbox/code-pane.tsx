import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { CodeEditor, type EditorLanguage } from '../../editor/code-editor.tsx'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { useShortcut } from '../../shell/shortcuts.ts'
import { Button } from '../../ui/button.tsx'
import { UnsavedDot } from '../../ui/surfaces.tsx'
import { useToaster } from '../../ui/toasts.tsx'
import { sandboxKeys } from './queries.ts'
import {
  isUnsaved,
  type DraftEvent,
  type DraftFile,
  type SessionDraft,
} from './records/session-draft.ts'
import { commandFor, join, nameInWorkspace, workspaceFolder } from './shell.ts'
import type { SessionConsole } from './terminal/session-console.ts'

export interface CodePaneProps {
  /** Undefined when the session has ended: the code can still be read and changed. */
  readonly session: SandboxSession | undefined
  readonly language: string
  readonly draft: SessionDraft
  readonly shell: SessionConsole
  readonly running: boolean
  readonly connected: boolean
  readonly dispatch: (event: DraftEvent) => void
}

/** Edits one file; Run writes it and executes it in the terminal. */
export function CodePane(props: CodePaneProps) {
  const { session, language, shell, running, connected, dispatch } = props
  const { t } = useI18n()
  const file = props.draft.open
  const save = useSaveFile(session, file, dispatch)
  const name = nameInWorkspace(file.path)
  const command = commandFor(language, file.path)
  const canSave = connected && session !== undefined && name !== ''
  const canRun = canSave && !running && command !== undefined
  const run = () => {
    if (!canRun || save.isPending) return
    save.mutateAsync(false).then(
      () => shell.run(command, `${command.program} ${name}`),
      () => undefined,
    )
  }
  useShortcut('Enter', run)
  useShortcut('s', () => canSave && save.mutate(true))
  return (
    <section className="code-pane" aria-label={t('sandbox.code')}>
      <CodePaneHead
        file={file}
        name={name}
        saving={save.isPending}
        canSave={canSave}
        canRun={canRun}
        onRename={(to) => dispatch({ type: 'renamed', path: join(workspaceFolder, to) })}
        onSave={() => save.mutate(true)}
        onRun={run}
      />
      <CodeEditor
        label={t('sandbox.codeLabel')}
        language={languageOfFile(name)}
        value={file.text}
        onChange={(text) => dispatch({ type: 'typed', text })}
        onRun={run}
      />
    </section>
  )
}

interface CodePaneHeadProps {
  readonly file: DraftFile
  readonly name: string
  readonly saving: boolean
  readonly canSave: boolean
  readonly canRun: boolean
  readonly onRename: (name: string) => void
  readonly onSave: () => void
  readonly onRun: () => void
}

function CodePaneHead(props: CodePaneHeadProps) {
  const { file, name } = props
  const { t } = useI18n()
  return (
    <header className="pane-head">
      <input
        className="file-name mono"
        aria-label={t('sandbox.fileName')}
        value={name}
        spellCheck={false}
        onChange={(event) => props.onRename(event.target.value.trimStart())}
      />
      {isUnsaved(file) && <UnsavedDot />}
      <Button
        size="small"
        disabled={!props.canSave}
        busy={props.saving}
        aria-label={t('sandbox.saveFile', { name })}
        aria-keyshortcuts="Control+S Meta+S"
        onClick={props.onSave}
      >
        {t('action.save')}
      </Button>
      <Button
        size="small"
        look="primary"
        icon={<Play size={12} fill="currentColor" aria-hidden />}
        disabled={!props.canRun}
        aria-label={t('sandbox.runFile', { file: name })}
        aria-keyshortcuts="Control+Enter Meta+Enter"
        onClick={props.onRun}
      >
        {t('action.run')}
      </Button>
    </header>
  )
}

/** Writes the file; told about only when the user asked for it. */
function useSaveFile(
  session: SandboxSession | undefined,
  file: DraftFile,
  dispatch: (event: DraftEvent) => void,
) {
  const { t } = useI18n()
  const toaster = useToaster()
  const queryClient = useQueryClient()
  const { path, text } = file
  return useMutation({
    mutationFn: async (_announced: boolean) => {
      await session?.writeFile(path, text)
      return { path, text }
    },
    onSuccess: (written, announced) => {
      dispatch({ type: 'saved', ...written })
      if (session === undefined) return
      void queryClient.invalidateQueries({ queryKey: sandboxKeys.files(session.sessionId) })
      if (announced) toaster.done(t('sandbox.fileSaved', { name: written.path }))
    },
    onError: (error) => toaster.failed(t('sandbox.fileFailed'), error),
  })
}

function languageOfFile(name: string): EditorLanguage {
  if (name.endsWith('.py')) return 'python'
  if (/\.[cm]?[jt]s$/.test(name)) return 'javascript'
  return name.endsWith('.json') ? 'json' : 'plaintext'
}
