import type { PipelineNode, ScriptNode, StatementNode } from 'just-bash'

type CommandNode = PipelineNode['commands'][number]

/** Files whose content is sent on at once. They exist in the shell's view only. */
export const streamPaths = { stdout: '/dev/.stdout', stderr: '/dev/.stderr' } as const

/** The hidden twin of a guest command, whose output goes straight out instead of into the library's result. */
export const streamedName = (name: string): string => `.streamed-${name}`

const word = (value: string) => ({
  type: 'Word' as const,
  parts: [{ type: 'Literal' as const, value }],
})

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

/** Looks through a syntax tree for a simple command of one of these names, wherever it stands. */
const mentions = (node: unknown, names: ReadonlySet<string>): boolean => {
  if (Array.isArray(node)) return node.some((one) => mentions(one, names))
  if (typeof node !== 'object' || node === null) return false
  if (
    'type' in node &&
    node.type === 'SimpleCommand' &&
    'name' in node &&
    names.has(literal(node.name) ?? '')
  )
    return true
  if (
    'type' in node &&
    node.type === 'FunctionDef' &&
    'name' in node &&
    names.has(String(node.name))
  )
    return true
  return Object.values(node).some((one) => mentions(one, names))
}

const literal = (name: unknown): string | undefined => {
  if (
    typeof name !== 'object' ||
    name === null ||
    !('parts' in name) ||
    !Array.isArray(name.parts) ||
    name.parts.length !== 1
  )
    return undefined
  const part: unknown = name.parts[0]
  return typeof part === 'object' &&
    part !== null &&
    'value' in part &&
    typeof part.value === 'string'
    ? part.value
    : undefined
}

const inputOnly = new Set(['<', '<<', '<<-', '<<<'])

const redirectsInputOnly = (command: CommandNode): boolean =>
  'redirections' in command &&
  command.redirections.every((one) => inputOnly.has(one.operator) && (one.fd ?? 0) === 0)

export interface StreamingOptions {
  /** Guest commands that may write straight out, such as `node`. */
  readonly guests: ReadonlySet<string>
}

/**
 * Rewrites a script so that output leaves after each statement instead of at the end of the script: every statement
 * outside of pipes and substitutions becomes a group that appends to `streamPaths`. Statements inside loops and
 * branches are taken one by one. Order within one statement is standard output first, then standard error.
 */
export const streamScript = (script: ScriptNode, { guests }: StreamingOptions): ScriptNode => {
  // `exec >file` moves the shell's own output, which a group around it would hide.
  if (mentions(script, new Set(['exec', 'coproc']))) return script
  const shadowed = [...guests].some((name) => mentions(script, new Set([`function ${name}`])))

  const statements = (list: readonly StatementNode[]): StatementNode[] =>
    list.map((statement) => {
      if (statement.deferredError !== undefined) return statement
      // What `set -e` forgives in a list it would not forgive in a group of its own.
      if (statement.operators.some((operator) => operator !== ';')) return wholeList(statement)
      return { ...statement, pipelines: statement.pipelines.map(pipeline) }
    })

  const wholeList = (statement: StatementNode): StatementNode => {
    const body: StatementNode[] = [{ ...statement, background: false }]
    return {
      ...statement,
      operators: [],
      pipelines: [
        { type: 'Pipeline', negated: false, commands: [{ type: 'Group', body, redirections }] },
      ],
    }
  }

  const pipeline = (node: PipelineNode): PipelineNode => {
    const [command] = node.commands
    if (command === undefined || command.type === 'FunctionDef') return node
    if (node.commands.length > 1 || node.timed === true) return grouped(node)
    const inner = opened(command)
    if (inner !== undefined) return { ...node, commands: [inner] }
    return direct(node, command) ?? grouped(node)
  }

  const direct = (node: PipelineNode, command: CommandNode): PipelineNode | undefined => {
    if (command.type !== 'SimpleCommand' || shadowed || !redirectsInputOnly(command))
      return undefined
    const name = literal(command.name)
    if (name === undefined || !guests.has(name)) return undefined
    return { ...node, commands: [{ ...command, name: word(streamedName(name)) }] }
  }

  const grouped = (node: PipelineNode): PipelineNode => {
    const { negated, ...rest } = node
    const statement: StatementNode = {
      type: 'Statement',
      pipelines: [{ ...rest, negated: false }],
      operators: [],
      background: false,
    }
    return {
      type: 'Pipeline',
      negated,
      commands: [{ type: 'Group', body: [statement], redirections }],
    }
  }

  const opened = (command: CommandNode): CommandNode | undefined => {
    if (!redirectsInputOnly(command)) return undefined
    switch (command.type) {
      case 'If':
        return {
          ...command,
          clauses: command.clauses.map((clause) => ({
            condition: statements(clause.condition),
            body: statements(clause.body),
          })),
          elseBody: command.elseBody === null ? null : statements(command.elseBody),
        }
      case 'While':
      case 'Until':
        return {
          ...command,
          condition: statements(command.condition),
          body: statements(command.body),
        }
      case 'Case':
        return {
          ...command,
          items: command.items.map((item) => ({ ...item, body: statements(item.body) })),
        }
      case 'For':
      case 'CStyleFor':
      case 'Subshell':
      case 'Group':
        return { ...command, body: statements(command.body) }
      case 'SimpleCommand':
      case 'FunctionDef':
      case 'ArithmeticCommand':
      case 'ConditionalCommand':
        return undefined
      default:
        return undefined
    }
  }

  return { ...script, statements: statements(script.statements) }
}
