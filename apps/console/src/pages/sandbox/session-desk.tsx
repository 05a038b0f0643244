import {
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Square } from 'lucide-react'
import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { errorSentence } from '../../api/error-text.ts'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Button } from '../../ui/button.tsx'
import { CodePane } from './code-pane.tsx'
import { FilesPanel } from './files-panel.tsx'
import { sandboxKeys } from './queries.ts'
import { useSandboxMemory, useSessionRecord } from './records/sandbox-memory.tsx'
import { reduceDraft, type DraftEvent } from './records/session-draft.ts'
import type { SessionIdentity } from './session-identity.ts'
import type { ConsoleWords } from './terminal/run-on-screen.ts'
import { createSessionConsole, type SessionConsole } from './terminal/session-console.ts'
import { TerminalView } from './terminal/terminal-view.tsx'

export interface SessionDeskProps {
  readonly sessionId: string
  readonly identity: SessionIdentity
  /** Undefined when the session has ended: its code and output stay readable. */
  readonly session: SandboxSession | undefined
  readonly connected: boolean
  readonly notice: ReactNode
}

/** Code, terminal and files of one session. What is typed here is kept in this browser. */
export function SessionDesk({ sessionId, identity, session, connected, notice }: SessionDeskProps) {
  const { t } = useI18n()
  const { records } = useSandboxMemory()
  const safe = useSyncExternalStore(records.subscribe, records.safe)
  const draft = useSessionRecord(sessionId, (record) => record.draft)
  const shell = useConsole(sessionId, session)
  const running = useSyncExternalStore(shell.subscribe, shell.running)
  useRefreshAfterRun(running, sessionId)
  if (draft === undefined) return null
  const dispatch = (event: DraftEvent) => {
    const current = records.find(sessionId)?.draft ?? draft
    records.change(sessionId, { draft: reduceDraft(current, event) })
  }
  return (
    <div className="session">
      <div className="session-notices">
        {notice}
        {!safe && (
          <p className="session-warning" role="alert">
            {t('sandbox.notKept')}
          </p>
        )}
      </div>
      <CodePane
        session={session}
        language={identity.language}
        draft={draft}
        shell={shell}
        running={running}
        connected={connected}
        dispatch={dispatch}
      />
      <TerminalPane shell={shell} running={running} />
      <FilesPanel session={session} connected={connected} draft={draft} dispatch={dispatch} />
    </div>
  )
}

interface TerminalPaneProps {
  readonly shell: SessionConsole
  readonly running: boolean
}

function TerminalPane({ shell, running }: TerminalPaneProps) {
  const { t } = useI18n()
  return (
    <section className="terminal-pane" aria-label={t('sandbox.terminal')}>
      <header className="pane-head">
        <h2>{t('sandbox.terminal')}</h2>
        <span className="pane-note truncate">{t('sandbox.terminalHint')}</span>
        {running && (
          <Button
            size="small"
            icon={<Square size={11} fill="currentColor" aria-hidden />}
            onClick={shell.interrupt}
          >
            {t('sandbox.stop')}
          </Button>
        )}
      </header>
      <TerminalView shell={shell} />
    </section>
  )
}

/** The console of a session: the same one each time the session is shown. */
function useConsole(sessionId: string, session: SandboxSession | undefined): SessionConsole {
  const { records, consoles } = useSandboxMemory()
  const words = useWords()
  const [shell] = useState(() => {
    const created =
      consoles.get(sessionId) ??
      createSessionConsole({
        session,
        words,
        transcript: records.find(sessionId)?.transcript ?? '',
        onTranscript: (transcript) => records.change(sessionId, { transcript }),
        onCommand: (shown) => {
          if (records.find(sessionId)?.firstCommand === undefined)
            records.change(sessionId, { firstCommand: shown })
        },
      })
    consoles.set(sessionId, created)
    return created
  })
  useEffect(() => shell.setWords(words), [shell, words])
  useEffect(() => shell.attach(session), [shell, session])
  return shell
}

function useWords(): ConsoleWords {
  const { t, errorWords } = useI18n()
  return useMemo(
    () => ({
      exitCode: (code) => t('sandbox.exitCode', { code }),
      stoppedBy: (limit) => t('sandbox.stoppedBy', { limit: t(`sandbox.limit.${limit}`) }),
      failed: (error) => errorSentence(error, errorWords),
      cancelled: t('sandbox.cancelled'),
      ended: t('sandbox.gone'),
    }),
    [t, errorWords],
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
