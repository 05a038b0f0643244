import type { PipelineNode, ScriptNode, StatementNode } from 'just-bash'
import {
  definesFunction,
  literal,
  mentions,
  setsNounset,
  word,
  type CommandNode,
} from './syntax.ts'

/** Files whose content is sent on at once. They exist in the shell's view only. */
export const streamPaths = { stdout: '/dev/.stdout', stderr: '/dev/.stderr' } as const

/** The hidden twin of a guest command, whose output goes straight out instead of into the library's result. */
export const streamedName = (name: string): string => `.streamed-${name}`

const redirections = [
  {
    type: 'Redirection' as const,
    fd: 1,
    operator: '>>' as const,
    target: word(streamPaths.stdout),
  },
  {
    type: 'Redirection' as const,
    fd: 2,
    operator: '>>' as const,
    target: word(streamPaths.stderr),
  },
]

const inputOnly = new Set(['<', '<<', '<<-', '<<<'])

const redirectsInputOnly = (command: CommandNode): boolean =>
  'redirections' in command &&
  command.redirections.every((one) => inputOnly.has(one.operator) && (one.fd ?? 0) === 0)

export interface StreamingOptions {
  /** Guest commands that may write straight out, such as `node`. */
  readonly guests: ReadonlySet<string>
}

class Streamer {
  readonly #guests: ReadonlySet<string>

  constructor(guests: ReadonlySet<string>) {
    this.#guests = guests
  }

  statements(list: readonly StatementNode[]): StatementNode[] {
    return list.map((statement) => this.#statement(statement))
  }

  #statement(statement: StatementNode): StatementNode {
    if (statement.deferredError !== undefined) return statement
    // What `set -e` forgives in a list it would not forgive in a group of its own.
    if (statement.operators.some((operator) => operator !== ';')) return wholeList(statement)
    return { ...statement, pipelines: statement.pipelines.map((node) => this.#pipeline(node)) }
  }

  #pipeline(node: PipelineNode): PipelineNode {
    const [command] = node.commands
    if (command === undefined || command.type === 'FunctionDef') return node
    if (node.commands.length > 1 || node.timed === true) return grouped(node)
    const inner = this.#opened(command) ?? this.#direct(command)
    return inner === undefined ? grouped(node) : { ...node, commands: [inner] }
  }

  /** A guest command whose output needs no group. */
  #direct(command: CommandNode): CommandNode | undefined {
    if (command.type !== 'SimpleCommand' || !redirectsInputOnly(command)) return undefined
    const name = literal(command.name)
    return name !== undefined && this.#guests.has(name)
      ? { ...command, name: word(streamedName(name)) }
      : undefined
  }

  /** A loop, branch or group, whose statements are taken one by one. */
  #opened(command: CommandNode): CommandNode | undefined {
    if (!redirectsInputOnly(command)) return undefined
    switch (command.type) {
      case 'If':
        return {
          ...command,
          clauses: command.clauses.map(({ condition, body }) => ({
            condition: this.statements(condition),
            body: this.statements(body),
          })),
          elseBody: command.elseBody === null ? null : this.statements(command.elseBody),
        }
      case 'While':
      case 'Until':
        return {
          ...command,
          condition: this.statements(command.condition),
          body: this.statements(command.body),
        }
      case 'Case':
        return {
          ...command,
          items: command.items.map((item) => ({ ...item, body: this.statements(item.body) })),
        }
      case 'For':
      case 'CStyleFor':
      case 'Subshell':
      case 'Group':
        return { ...command, body: this.statements(command.body) }
      case 'SimpleCommand':
      case 'FunctionDef':
      case 'ArithmeticCommand':
      case 'ConditionalCommand':
        return undefined
      default:
        return undefined
    }
  }
}

const groupOf = (body: StatementNode[], negated: boolean): PipelineNode => ({
  type: 'Pipeline',
  negated,
  commands: [{ type: 'Group', body, redirections }],
})

const grouped = ({ negated, ...rest }: PipelineNode): PipelineNode =>
  groupOf(
    [
      {
        type: 'Statement',
        pipelines: [{ ...rest, negated: false }],
        operators: [],
        background: false,
      },
    ],
    negated,
  )

const wholeList = (statement: StatementNode): StatementNode => ({
  ...statement,
  operators: [],
  pipelines: [groupOf([{ ...statement, background: false }], false)],
})

/**
 * Rewrites a script so that output leaves after each statement instead of at the end of the script: every statement
 * outside of pipes and substitutions becomes a group that appends to `streamPaths`. Statements inside loops and
 * branches are taken one by one. Order within one statement is standard output first, then standard error.
 */
export const streamScript = (script: ScriptNode, { guests }: StreamingOptions): ScriptNode => {
  // `exec >file` moves the shell's own output, which a group around it would hide.
  if (mentions(script, new Set(['exec', 'coproc']))) return script
  // A group forgives what `set -u` does not.
  if (setsNounset(script)) return script
  // A function or alias of the name is not the guest.
  const shadowed =
    [...guests].some((name) => definesFunction(script, name)) ||
    mentions(script, new Set(['alias']))
  return {
    ...script,
    statements: new Streamer(shadowed ? new Set() : guests).statements(script.statements),
  }
}
