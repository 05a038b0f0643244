import type { SandboxSession } from '@gaesup-state/sandbox/client'
import { isChangeOfFolder, toShellCommand, workspaceFolder, type ShellCommand } from '../shell.ts'
import { emptyLine, reduceLine, toKeys, type LineState } from './line-editor.ts'
import { drawLine, drawSubmitted, submitted, type LineFrame } from './line-screen.ts'
import { color, runOnScreen, type ConsoleWords, type Paper, type Screen } from './run-on-screen.ts'

export interface SessionConsole {
  /** Takes what the user typed or pasted; while a command runs it is kept for after. */
  readonly type: (data: string) => void
  /** Runs a command as if typed, shown as `shown`. Does nothing while another one runs. */
  readonly run: (command: ShellCommand, shown: string) => Promise<void>
  readonly interrupt: () => void
  readonly running: () => boolean
  readonly subscribe: (changed: () => void) => () => void
  /** The session handle to use from now on: after a reconnect it is a new one. Undefined when the session has ended. */
  readonly attach: (session: SandboxSession | undefined) => void
  readonly setWords: (words: ConsoleWords) => void
  /** Shows everything so far on a screen, and what follows, until it is hidden again. */
  readonly show: (screen: Screen) => void
  readonly hide: () => void
}

export interface ConsoleOptions {
  readonly session: SandboxSession | undefined
  readonly words: ConsoleWords
  /** What stood on the screen before, or a greeting. */
  readonly transcript: string
  /** Takes the transcript whenever it has changed; the oldest lines of a long one are gone. */
  readonly onTranscript: (transcript: string) => void
  /** Takes each command before it runs. */
  readonly onCommand: (shown: string) => void
}

interface Desk extends ConsoleOptions {
  readonly listeners: Set<() => void>
  readonly paper: Paper
  transcript: string
  screen: Screen | undefined
  session: SandboxSession | undefined
  words: ConsoleWords
  folder: string
  line: LineState
  running: AbortController | undefined
  /** Typed or pasted while a command ran. */
  ahead: string[]
}

/** A shell prompt over a session: one command at a time, output as it comes, Ctrl+C stops. */
export function createSessionConsole(options: ConsoleOptions): SessionConsole {
  const desk: Desk = {
    ...options,
    listeners: new Set(),
    paper: { write: (text) => print(desk, text), log: (text) => desk.screen?.log(text) },
    screen: undefined,
    folder: workspaceFolder,
    line: emptyLine,
    running: undefined,
    ahead: [],
  }
  return {
    running: () => desk.running !== undefined,
    interrupt: () => desk.running?.abort(),
    attach: (next) => attach(desk, next),
    setWords: (next) => {
      desk.words = next
    },
    subscribe: (changed) => {
      desk.listeners.add(changed)
      return () => desk.listeners.delete(changed)
    },
    show: (screen) => {
      desk.screen = screen
      screen.write(desk.transcript)
      if (desk.running === undefined) showPrompt(desk)
    },
    hide: () => {
      desk.screen = undefined
    },
    run: (command, shown) => runShown(desk, command, shown),
    type: (data) => takeKeys(desk, data),
  }
}

const longestTranscript = 100_000

function print(desk: Desk, text: string): void {
  keep(desk, desk.transcript + text)
  desk.screen?.write(text)
}

/** What is too long begins with a whole line. */
function keep(desk: Desk, transcript: string): void {
  const newest = transcript.slice(-longestTranscript)
  desk.transcript =
    newest.length < transcript.length ? newest.slice(newest.indexOf('\n') + 1) : newest
  desk.onTranscript(desk.transcript)
}

function attach(desk: Desk, next: SandboxSession | undefined): void {
  const [before, { paper, words }] = [desk.session, desk]
  desk.session = next
  if (before !== undefined && next === undefined) {
    desk.screen?.write('\r\u001b[J')
    paper.write(`${color(33, words.ended)}\r\n`)
    paper.log(`${words.ended}\n`)
  }
  if (before === undefined && next !== undefined && desk.running === undefined) showPrompt(desk)
}

function takeKeys(desk: Desk, data: string): void {
  if (desk.session === undefined) return
  if (desk.running !== undefined && data === '\u0003') {
    desk.ahead = []
    desk.running.abort()
    return
  }
  desk.ahead.push(...toKeys(data))
  takeAhead(desk)
}

/** Takes what was typed, key by key, until a line of it runs. */
function takeAhead(desk: Desk): void {
  while (desk.running === undefined) {
    const key = desk.ahead.shift()
    if (key === undefined) return
    takeKey(desk, key)
  }
}

function takeKey(desk: Desk, data: string): void {
  const { line: previous, screen } = desk
  const [next, effect] = reduceLine(previous, data)
  const frame = frameOf(desk)
  desk.line = next
  if (effect === undefined) return screen?.write(drawLine(previous, next, frame))
  if (effect.type === 'clear') {
    keep(desk, '')
    screen?.clear()
    return screen?.write(drawLine(undefined, next, frame))
  }
  if (effect.type === 'interrupt') {
    submit(desk, previous, `${previous.text}^C`)
    return showPrompt(desk)
  }
  submit(desk, previous, effect.line)
  if (effect.line.trim() === '') return showPrompt(desk)
  announce(desk, effect.line)
  return void perform(desk, toShellCommand(effect.line), isChangeOfFolder(effect.line))
}

/** The entry stands for good: whole on the screen in place of what was typed, and in the transcript. */
function submit(desk: Desk, previous: LineState, text: string): void {
  const frame = frameOf(desk)
  desk.screen?.write(drawSubmitted(previous, text, frame))
  keep(desk, desk.transcript + submitted(text, frame.prompt))
}

function announce(desk: Desk, shown: string): void {
  desk.screen?.log(`$ ${shown}\n`)
  desk.onCommand(shown)
}

async function runShown(desk: Desk, command: ShellCommand, shown: string): Promise<void> {
  if (desk.running !== undefined || desk.session === undefined) return
  submit(desk, desk.line, shown)
  announce(desk, shown)
  const { history } = desk.line
  desk.line = { ...emptyLine, history, place: history.length }
  await perform(desk, command, false)
}

async function perform(desk: Desk, command: ShellCommand, changesFolder: boolean): Promise<void> {
  const { session, paper, words, folder } = desk
  if (session === undefined) return
  const controller = new AbortController()
  setRunning(desk, controller)
  desk.folder = await runOnScreen(command, {
    session,
    paper,
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

function frameOf({ folder, screen }: Desk): LineFrame {
  return {
    prompt: `${color(36, folder)} $ `,
    columns: screen?.columns() ?? 80,
    rows: screen?.rows() ?? 24,
  }
}

function showPrompt(desk: Desk): void {
  if (desk.session === undefined) return
  desk.screen?.write(drawLine(undefined, desk.line, frameOf(desk)))
}
