import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { drawLine, emptyLine, reduceLine, type LineState } from './line-editor.ts'
import { color, runOnScreen, type ConsoleWords, type Screen } from './run-on-screen.ts'
import { isChangeOfFolder, toShellCommand, workspaceFolder, type ShellCommand } from './shell.ts'
import { toCharacters } from './text-width.ts'

export interface SessionConsole {
  /** Takes what the user typed or pasted; while a command runs it is kept for after. */
  readonly type: (data: string) => void
  /** Runs a command as if typed, shown as `shown`. Does nothing while another one runs. */
  readonly run: (command: ShellCommand, shown: string) => Promise<void>
  readonly interrupt: () => void
  readonly running: () => boolean
  readonly subscribe: (changed: () => void) => () => void
  /** The session handle to use from now on: after a reconnect it is a new one. */
  readonly attach: (session: SandboxSession) => void
  readonly setWords: (words: ConsoleWords) => void
  /** Shows the prompt for the first time, below a greeting. */
  readonly greet: (text: string) => void
}

interface Desk {
  readonly screen: Screen
  readonly listeners: Set<() => void>
  session: SandboxSession
  words: ConsoleWords
  folder: string
  line: LineState
  running: AbortController | undefined
  /** Typed or pasted while a command ran. */
  ahead: string
}

/** A shell prompt over a session: one command at a time, output as it comes, Ctrl+C stops. */
export function createSessionConsole(
  session: SandboxSession,
  screen: Screen,
  words: ConsoleWords,
): SessionConsole {
  const desk: Desk = {
    screen,
    listeners: new Set(),
    session,
    words,
    folder: workspaceFolder,
    line: emptyLine,
    running: undefined,
    ahead: '',
  }
  return {
    running: () => desk.running !== undefined,
    interrupt: () => desk.running?.abort(),
    attach: (next) => {
      desk.session = next
    },
    setWords: (next) => {
      desk.words = next
    },
    subscribe: (changed) => {
      desk.listeners.add(changed)
      return () => desk.listeners.delete(changed)
    },
    greet: (text) => {
      screen.write(`${color(90, text)}\r\n`)
      showPrompt(desk)
    },
    run: (command, shown) => runShown(desk, command, shown),
    type: (data) => takeKeys(desk, data),
  }
}

function takeKeys(desk: Desk, data: string): void {
  if (desk.running !== undefined && data.includes('\u0003')) {
    desk.ahead = ''
    desk.running.abort()
    return
  }
  desk.ahead += data
  takeAhead(desk)
}

/** Takes what was typed, line by line, until one of the lines runs. */
function takeAhead(desk: Desk): void {
  while (desk.ahead !== '' && desk.running === undefined) {
    const cut = /\r\n?|\n/.exec(desk.ahead)
    const end = cut?.index ?? desk.ahead.length
    const head = desk.ahead.slice(0, end)
    desk.ahead = desk.ahead.slice(end + (cut?.[0].length ?? 0))
    if (head !== '') takeKey(desk, head)
    if (cut !== null) takeKey(desk, '\r')
  }
}

function takeKey(desk: Desk, data: string): void {
  const { screen, line: previous } = desk
  const [next, effect] = reduceLine(previous, data)
  desk.line = next
  if (effect === undefined) return screen.write(drawLine(previous, next, frameOf(desk)))
  if (effect.type === 'clear') {
    screen.clear()
    return screen.write(drawLine(undefined, next, frameOf(desk)))
  }
  if (effect.type === 'interrupt') {
    screen.write('^C\r\n')
    return showPrompt(desk)
  }
  screen.write(`${drawLine(previous, atEnd(effect.line), frameOf(desk))}\r\n`)
  if (effect.line.trim() === '') return showPrompt(desk)
  screen.log(`$ ${effect.line}\n`)
  return void perform(desk, toShellCommand(effect.line), isChangeOfFolder(effect.line))
}

async function runShown(desk: Desk, command: ShellCommand, shown: string): Promise<void> {
  if (desk.running !== undefined) return
  desk.screen.write(`${drawLine(desk.line, atEnd(shown), frameOf(desk))}\r\n`)
  desk.screen.log(`$ ${shown}\n`)
  const { history } = desk.line
  desk.line = { ...emptyLine, history, place: history.length }
  await perform(desk, command, false)
}

async function perform(desk: Desk, command: ShellCommand, changesFolder: boolean): Promise<void> {
  const controller = new AbortController()
  setRunning(desk, controller)
  const { session, screen, words, folder } = desk
  desk.folder = await runOnScreen(command, {
    session,
    screen,
    words,
    folder,
    changesFolder,
    signal: controller.signal,
  })
  setRunning(desk, undefined)
  showPrompt(desk)
  takeAhead(desk)
}

function setRunning(desk: Desk, running: AbortController | undefined): void {
  desk.running = running
  for (const changed of desk.listeners) changed()
}

function frameOf(desk: Desk) {
  return { prompt: `${color(36, desk.folder)} $ `, columns: desk.screen.columns() }
}

function showPrompt(desk: Desk): void {
  desk.screen.write(drawLine(undefined, desk.line, frameOf(desk)))
}

function atEnd(text: string): LineState {
  return { ...emptyLine, text, cursor: toCharacters(text).length }
}
