/** xterm.js with its style; loaded on demand. */
import { FitAddon } from '@xterm/addon-fit'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { newLineKey } from './line-editor.ts'

export interface OpenTerminal {
  readonly terminal: Terminal
  readonly close: () => void
}

/** A terminal that fills its element and follows its size. */
export function openTerminal(host: HTMLElement): OpenTerminal {
  const terminal = new Terminal({
    allowProposedApi: true,
    fontFamily:
      'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", "D2Coding", monospace',
    fontSize: 13,
    lineHeight: 1.4,
    cursorBlink: false,
    scrollback: 12_000,
    minimumContrastRatio: 4.5,
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.loadAddon(new Unicode11Addon())
  terminal.unicode.activeVersion = '11'
  terminal.open(host)
  fit.fit()
  const observer = new ResizeObserver(() => fit.fit())
  observer.observe(host)
  terminal.attachCustomKeyEventHandler((event) => takeKey(event, terminal))
  // Pastes arrive marked, so that their lines are told from pressed Enter keys.
  terminal.write('\u001b[?2004h')
  return {
    terminal,
    close: () => {
      observer.disconnect()
      terminal.dispose()
    },
  }
}

/** False for keys that the terminal must not take. */
function takeKey(event: KeyboardEvent, terminal: Terminal): boolean {
  // With text selected, Ctrl+C copies it as everywhere else; without, it stops the command.
  if (event.ctrlKey && event.key === 'c' && terminal.hasSelection()) return false
  // Ctrl+Enter runs the code of the page.
  if (event.key !== 'Enter') return true
  if (event.shiftKey) {
    if (event.type === 'keydown') terminal.input(newLineKey)
    event.preventDefault()
    return false
  }
  return !(event.ctrlKey || event.metaKey)
}
