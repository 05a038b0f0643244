import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { Terminal } from '@xterm/xterm'
import { useI18n } from '../../../i18n/i18n-context.tsx'
import { useTheme } from '../../../theme/use-theme.tsx'
import { ErrorPanel } from '../../../ui/error-panel.tsx'
import { Skeleton } from '../../../ui/surfaces.tsx'
import type { SessionConsole } from './session-console.ts'
import { terminalThemes } from './terminal-themes.ts'
import { withoutEscapes } from './text-width.ts'

/** A console on xterm.js, which is loaded when first shown. */
export function TerminalView({ shell }: { readonly shell: SessionConsole }) {
  const { t } = useI18n()
  const { shown } = useTheme()
  const host = useRef<HTMLDivElement>(null)
  const [terminal, setTerminal] = useState<Terminal>()
  const [failure, setFailure] = useState<unknown>()
  const spoken = useSpoken()
  const ready = useEffectEvent((created: Terminal) => {
    created.textarea?.setAttribute('aria-label', t('sandbox.terminal'))
    created.onData(shell.type)
    shell.show({
      columns: () => created.cols,
      rows: () => created.rows,
      write: (text) => created.write(text),
      log: spoken.say,
      clear: () => created.write('\u001b[2J\u001b[3J\u001b[H'),
    })
  })
  useEffect(() => {
    let stop: (() => void) | undefined
    let gone = false
    import('./xterm.ts').then(({ openTerminal }) => {
      if (gone || host.current === null) return
      const opened = openTerminal(host.current)
      stop = opened.close
      setTerminal(opened.terminal)
      ready(opened.terminal)
    }, setFailure)
    return () => {
      gone = true
      shell.hide()
      stop?.()
    }
  }, [shell])
  useEffect(() => {
    if (terminal !== undefined) terminal.options.theme = terminalThemes[shown]
  }, [terminal, shown])
  return (
    <div className="terminal">
      {failure !== undefined && (
        <ErrorPanel error={failure} onRetry={() => window.location.reload()} />
      )}
      {terminal === undefined && failure === undefined && (
        <Skeleton width={180} className="terminal-skeleton" />
      )}
      <pre className="visually-hidden" role="log" aria-label={t('sandbox.output')}>
        {spoken.text}
      </pre>
      <div ref={host} className="terminal-host" data-ready={terminal !== undefined} />
    </div>
  )
}

const longestLog = 20_000
const sayEveryMs = 250

/** What is read out, in pieces: a flood of output renders a few times a second, not once a line. */
function useSpoken() {
  const [text, setText] = useState('')
  const waiting = useRef('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const [say] = useState(() => (added: string) => {
    waiting.current = (waiting.current + withoutEscapes(added)).slice(-longestLog)
    timer.current ??= setTimeout(() => {
      timer.current = undefined
      const next = waiting.current
      waiting.current = ''
      setText((all) => (all + next).slice(-longestLog))
    }, sayEveryMs)
  })
  return { text, say }
}
