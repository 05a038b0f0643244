import type { RunOptions, RunResult, SandboxSession } from '@gaesup-state/sandbox/client'

/** What runs next in a session, and how it is named on the screen. */
export interface ShellCommand {
  readonly program: string
  readonly args: readonly string[]
}

export const workspaceFolder = '/workspace'

/** A typed line runs in the session's own shell. A lone `cd` tells its new folder, as each line is a shell of its own. */
export function toShellCommand(line: string): ShellCommand {
  return { program: 'sh', args: ['-c', isChangeOfFolder(line) ? `${line.trim()} && pwd` : line] }
}

/** True for `cd` with at most one plain argument and nothing after it. */
export function isChangeOfFolder(line: string): boolean {
  return /^\s*cd(\s+(?:"[^"$`\\]*"|'[^']*'|[^\s;&|<>()$`"'\\]+))?\s*$/.test(line)
}

/** How a source file of each language is run; undefined for a language without a plain command. */
export function commandFor(language: string, path: string): ShellCommand | undefined {
  const program = { python: 'python3', javascript: 'node' }[language]
  return program === undefined ? undefined : { program, args: [path] }
}

export function defaultFile(language: string): string {
  return { python: 'main.py', javascript: 'main.js' }[language] ?? 'main.txt'
}

/** Absolute path of a name in a folder. */
export function join(folder: string, name: string): string {
  return name.startsWith('/') ? name : `${folder.replace(/\/$/, '')}/${name}`
}

/** A path as it is shown: without the folder that all work happens in. */
export function nameInWorkspace(path: string): string {
  return path.startsWith(`${workspaceFolder}/`) ? path.slice(workspaceFolder.length + 1) : path
}

export function parentFolder(path: string): string {
  const cut = path.replace(/\/$/, '').lastIndexOf('/')
  return cut <= 0 ? '/' : path.slice(0, cut)
}

/** Runs a command with streamed output; what was not streamed is handed over at the end. */
export async function runCommand(
  session: SandboxSession,
  command: ShellCommand,
  options: RunOptions,
): Promise<RunResult> {
  const streamed = { stdout: 0, stderr: 0 }
  const result = await session.exec(command.program, command.args, {
    ...options,
    onOutput: (data, stream) => {
      streamed[stream] += data.length
      options.onOutput?.(data, stream)
    },
  })
  for (const stream of ['stdout', 'stderr'] as const) {
    const rest = result[stream].slice(streamed[stream])
    if (rest !== '') options.onOutput?.(rest, stream)
  }
  return result
}
