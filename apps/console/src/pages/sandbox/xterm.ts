/** xterm.js with its style; loaded on demand. */
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'

export interface OpenTerminal {
  readonly terminal: Terminal
  readonly close: () => void
}

/** A terminal that fills its element and follows its size. */
export function openTerminal(host: HTMLElement): OpenTerminal {
  const terminal = new Terminal({
    fontFamily:
      'ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", "D2Coding", monospace',
    fontSize: 13,
    lineHeight: 1.4,
    cursorBlink: false,
    scrollback: 5000,
    minimumContrastRatio: 4.5,
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.open(host)
  fit.fit()
  const observer = new ResizeObserver(() => fit.fit())
  observer.observe(host)
  // With text selected, Ctrl+C copies it as everywhere else; without, it stops the command.
  terminal.attachCustomKeyEventHandler(
    (event) => !(event.ctrlKey && event.key === 'c' && terminal.hasSelection()),
  )
  return {
    terminal,
    close: () => {
      observer.disconnect()
      terminal.dispose()
    },
  }
}
