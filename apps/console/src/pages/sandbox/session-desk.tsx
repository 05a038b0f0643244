import { useEffect, useEffectEvent, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Square } from 'lucide-react'
import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { CodePane } from './code-pane.tsx'
import { FilesPanel } from './files-panel.tsx'
import { sandboxKeys } from './queries.ts'
import type { ConsoleWords, Screen } from './run-on-screen.ts'
import { createSessionConsole, type SessionConsole } from './session-console.ts'
import type { SessionInfo } from './session-list.tsx'
import { defaultFile, join, workspaceFolder } from './shell.ts'
import { TerminalView } from './terminal-view.tsx'

export interface SessionDeskProps {
  readonly session: SandboxSession
  readonly info: SessionInfo
  readonly connected: boolean
}

/** The file that stands in the editor. */
export interface OpenFile {
  readonly path: string
  readonly text: string
}

const samples: Readonly<Record<string, string>> = {
  python:
    'import sys\n\nprint("Hello from Python", sys.version.split()[0])\nprint(sum(n * n for n in range(10)))\n',
  javascript: "console.log('Hello from JavaScript')\nconsole.log([1, 2, 3].map((n) => n * n))\n",
}

export function SessionDesk({ session, info, connected }: SessionDeskProps) {
  const { t } = useI18n()
  const [file, setFile] = useState<OpenFile>(() => ({
    path: join(workspaceFolder, defaultFile(info.language)),
    text: samples[info.language] ?? '',
  }))
  const [shell, setShell] = useState<SessionConsole>()
  const words = useWords()
  const running = useSyncExternalStore(shell?.subscribe ?? never, () => shell?.running() ?? false)
  useEffect(() => shell?.attach(session), [shell, session])
  useEffect(() => shell?.setWords(words), [shell, words])
  useRefreshAfterRun(running, session.sessionId)
  const onReady = (screen: Screen) => {
    const created = createSessionConsole(session, screen, words)
    created.greet(t('sandbox.welcome', { runtime: info.runtime, engine: info.engine }))
    setShell(created)
    return created.type
  }
  return (
    <div className="session">
      <CodePane
        session={session}
        language={info.language}
        file={file}
        shell={shell}
        running={running}
        connected={connected}
        onChange={setFile}
      />
      <section className="terminal-pane" aria-label={t('sandbox.terminal')}>
        <header className="pane-head">
          <h2>{t('sandbox.terminal')}</h2>
          <span className="pane-note">{t('sandbox.terminalHint')}</span>
          {running && (
            <Button
              size="small"
              icon={<Square size={11} fill="currentColor" aria-hidden />}
              onClick={shell?.interrupt}
            >
              {t('sandbox.stop')}
            </Button>
          )}
        </header>
        <TerminalView onReady={onReady} />
      </section>
      <FilesPanel session={session} connected={connected} openPath={file.path} onOpen={setFile} />
    </div>
  )
}

const never = () => () => undefined

function useWords(): ConsoleWords {
  const { t } = useI18n()
  return useMemo(
    () => ({
      exitCode: (code) => t('sandbox.exitCode', { code }),
      stoppedBy: (limit) => t('sandbox.stoppedBy', { limit }),
      cancelled: t('sandbox.cancelled'),
    }),
    [t],
  )
}

/** A command may have changed any file and the session's counters. */
function useRefreshAfterRun(running: boolean, sessionId: string): void {
  const queryClient = useQueryClient()
  const ran = useRef(false)
  const refresh = useEffectEvent(() => {
    void queryClient.invalidateQueries({ queryKey: sandboxKeys.files(sessionId) })
    void queryClient.invalidateQueries({ queryKey: sandboxKeys.sessions })
  })
  useEffect(() => {
    if (ran.current && !running) refresh()
    ran.current = running
  }, [running])
}
