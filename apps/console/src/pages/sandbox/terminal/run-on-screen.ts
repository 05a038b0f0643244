import type { RunResult, SandboxSession } from '@gaesup-state/sandbox/client'
import { toErrorText } from '../../../api/error-text.ts'
import { runCommand, type ShellCommand } from '../shell.ts'

/** The words of the console, in the user's language. */
export interface ConsoleWords {
  readonly exitCode: (code: number) => string
  readonly stoppedBy: (limit: NonNullable<RunResult['limit']>) => string
  readonly cancelled: string
  readonly failed: (error: unknown) => string
  /** The session has ended. */
  readonly ended: string
}

/** The screen; a terminal emulator, or a recorder in tests. */
export interface Screen {
  readonly columns: () => number
  readonly rows: () => number
  readonly write: (text: string) => void
  readonly clear: () => void
  /** The same as words alone, for screen readers: commands, output, verdicts. */
  readonly log: (text: string) => void
}

/** What stays: shown, told, and kept for later. */
export interface Paper {
  readonly write: (text: string) => void
  readonly log: (text: string) => void
}

export interface RunOnScreen {
  readonly session: SandboxSession
  readonly paper: Paper
  readonly words: ConsoleWords
  readonly folder: string
  readonly signal: AbortSignal
  /** The command prints the folder to go on in, instead of something to show. */
  readonly changesFolder: boolean
}

export const color = (code: number, text: string): string => `\u001b[${code}m${text}\u001b[0m`

/** Runs a command with its output on the screen as it comes, then says how it ended. Gives back the folder to go on in. */
export async function runOnScreen(command: ShellCommand, run: RunOnScreen): Promise<string> {
  const { session, words, folder, signal } = run
  const lines = openLines(run.paper)
  try {
    const result = await runCommand(session, command, {
      workingDirectory: folder,
      signal,
      onOutput: (data, stream) => {
        if (!run.changesFolder || stream === 'stderr') lines.output(data, stream)
      },
    })
    const verdict = verdictOf(result, words)
    if (verdict === undefined) lines.endLine()
    else lines.say(33, verdict)
    return (run.changesFolder && result.exitCode === 0 && result.stdout.trim()) || folder
  } catch (error) {
    const { code } = toErrorText(error)
    if (code === 'CANCELLED') lines.say(33, words.cancelled)
    else lines.say(31, `${words.failed(error)} (${code})`)
    return folder
  }
}

/** Keeps what the console says off the last line of the program. */
function openLines(paper: Paper) {
  let atLineStart = true
  const endLine = () => {
    if (atLineStart) return
    paper.write('\r\n')
    paper.log('\n')
  }
  return {
    endLine,
    output: (data: string, stream: 'stdout' | 'stderr') => {
      if (data === '') return
      atLineStart = data.endsWith('\n')
      const text = data.replaceAll(/\r?\n/g, '\r\n')
      paper.write(stream === 'stderr' ? color(31, text) : text)
      paper.log(data)
    },
    say: (tint: number, text: string) => {
      endLine()
      paper.write(`${color(tint, text)}\r\n`)
      paper.log(`${text}\n`)
    },
  }
}

/** What to say about how a command ended; undefined when it ended well. */
export function verdictOf(result: RunResult, words: ConsoleWords): string | undefined {
  if (result.limit !== undefined) return words.stoppedBy(result.limit)
  if (result.exitCode === null) return result.error ?? words.cancelled
  return result.exitCode === 0 ? undefined : words.exitCode(result.exitCode)
}
