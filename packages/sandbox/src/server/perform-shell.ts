import type { ExecResult, LimitKind } from '../ports.ts'
import { fromBase64 } from '../protocol/base64.ts'
import type { ExecuteShellCommand, ShellResult } from '../protocol/commands.ts'
import { WORKSPACE } from '../protocol/limits.ts'
import {
  createOutputCollector,
  toLimitMessage,
  type CommandCaps,
  type OutputCollector,
} from './output.ts'
import { resolvePath } from './paths.ts'
import type { CommandContext, CommandRun, Outcome } from './perform-command.ts'

/**
 * An engine times the program from its start; this fence only ends the wait for one that does not answer, and leaves
 * it room to start a process first.
 */
const GRACE_MS = 30_000

const selectLimit = (ended: ExecResult, output: OutputCollector): LimitKind | undefined =>
  ended.limit ?? (output.truncated ? 'output' : undefined)

const toShellResult = (ended: ExecResult, output: OutputCollector): ShellResult => {
  const limit = selectLimit(ended, output)
  return {
    stdout: output.text('stdout'),
    stderr: output.text('stderr'),
    exitCode: limit === undefined ? ended.exitCode : null,
    durationMs: ended.durationMs,
    cpuMs: ended.cpuMs,
    ...(limit === undefined ? {} : { limit }),
    ...(limit === 'output' ? { truncated: true } : {}),
  }
}

const toOutcome = (ended: ExecResult, output: OutputCollector, caps: CommandCaps): Outcome => {
  const result = toShellResult(ended, output)
  if (result.limit !== undefined)
    return {
      success: false,
      result,
      error: toLimitMessage(result.limit, caps),
      limit: result.limit,
    }
  if (result.exitCode === null)
    return {
      success: false,
      result,
      error: `The program crashed and left no exit code: ${ended.reason ?? 'the engine does not tell why'}.`,
    }
  return { success: true, result, error: null }
}

const toStdin = (command: ExecuteShellCommand): Uint8Array | undefined => {
  if (command.stdin === undefined) return undefined
  return command.stdinEncoding === 'base64'
    ? fromBase64(command.stdin)
    : new TextEncoder().encode(command.stdin)
}

/** Starts a program; text of its output leaves through `context.onOutput` as soon as it is complete. */
export const startShell = (command: ExecuteShellCommand, context: CommandContext): CommandRun => {
  const output = createOutputCollector(context.caps.maxOutputBytes)
  const emit = (stream: 'stdout' | 'stderr', text: string): void => {
    if (text !== '') context.onOutput(stream, text)
  }
  const perform = async (): Promise<Outcome> => {
    const stdin = toStdin(command)
    const ended = await context.session.exec(
      {
        argv: [command.commandName, ...(command.args ?? [])],
        cwd: resolvePath(command.workingDirectory ?? WORKSPACE),
        env: command.env ?? {},
        ...(stdin === undefined ? {} : { stdin }),
      },
      {
        timeoutMs: context.caps.timeoutMs,
        cpuMs: context.caps.cpuMs,
        maxOutputBytes: context.caps.maxOutputBytes,
        signal: context.signal,
        onOutput: (stream, bytes) => emit(stream, output.add(stream, bytes)),
        whenWritable: () => context.whenWritable(),
      },
    )
    const rest = output.finish()
    emit('stdout', rest.stdout)
    emit('stderr', rest.stderr)
    return toOutcome(ended, output, context.caps)
  }
  const stopped = (): Outcome =>
    toOutcome(
      { exitCode: null, limit: 'time', durationMs: context.caps.timeoutMs + GRACE_MS, cpuMs: 0 },
      output,
      context.caps,
    )
  return { work: perform(), graceMs: GRACE_MS, stopped }
}
