import { useEffect, useEffectEvent, useRef, useState } from 'react'
import type { Terminal } from '@xterm/xterm'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { useTheme } from '../../theme/use-theme.tsx'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { Skeleton } from '../../ui/surfaces.tsx'
import type { Screen } from './run-on-screen.ts'
import { terminalThemes } from './terminal-themes.ts'

export interface TerminalViewProps {
  /** Called once, when the screen is there; gives back who takes the keys. */
  readonly onReady: (screen: Screen) => (data: string) => void
}

/** xterm.js, loaded when first shown. */
export function TerminalView({ onReady }: TerminalViewProps) {
  const { t } = useI18n()
  const { shown } = useTheme()
  const host = useRef<HTMLDivElement>(null)
  const [terminal, setTerminal] = useState<Terminal>()
  const [failure, setFailure] = useState<unknown>()
  const [spoken, setSpoken] = useState('')
  const ready = useEffectEvent((created: Terminal) => {
    created.textarea?.setAttribute('aria-label', t('sandbox.terminal'))
    const type = onReady({
      columns: () => created.cols,
      write: (text) => created.write(text),
      log: (text) => setSpoken((all) => (all + plain(text)).slice(-longestLog)),
      clear: () => created.write('\u001b[2J\u001b[3J\u001b[H'),
    })
    created.onData(type)
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
      stop?.()
    }
  }, [])
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
        {spoken}
      </pre>
      <div ref={host} className="terminal-host" data-ready={terminal !== undefined} />
    </div>
  )
}

const longestLog = 20_000

/** Without the escape sequences that programs colour their output with. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
}
