import type { PipelineNode, ScriptNode } from 'just-bash'
import { isMissingProgram, missingName } from './missing-programs.ts'

export type CommandNode = PipelineNode['commands'][number]
type SimpleCommand = Extract<CommandNode, { type: 'SimpleCommand' }>
type Word = NonNullable<SimpleCommand['name']>

/** A word of plain text. */
export const word = (value: string): Word => ({
  type: 'Word',
  parts: [{ type: 'Literal', value }],
})

/** The command behind a program that is named by its path. */
export const programName = '.program'

const partsOf = (node: unknown): readonly unknown[] =>
  typeof node === 'object' && node !== null && 'parts' in node && Array.isArray(node.parts)
    ? node.parts
    : []

const textOf = (part: unknown): string | undefined =>
  typeof part === 'object' && part !== null && 'value' in part && typeof part.value === 'string'
    ? part.value
    : undefined

/** The text of a word that is one plain part. */
export const literal = (name: unknown): string | undefined => {
  const parts = partsOf(name)
  return parts.length === 1 ? textOf(parts[0]) : undefined
}

/** Looks through a syntax tree for a node that passes the test, wherever it stands. */
const some = (node: unknown, test: (node: object) => boolean): boolean => {
  if (Array.isArray(node)) return node.some((one) => some(one, test))
  if (typeof node !== 'object' || node === null) return false
  return test(node) || Object.values(node).some((one) => some(one, test))
}

/** Whether a simple command of one of these names stands anywhere. */
export const mentions = (node: unknown, names: ReadonlySet<string>): boolean =>
  some(
    node,
    (one) =>
      'type' in one &&
      one.type === 'SimpleCommand' &&
      'name' in one &&
      names.has(literal(one.name) ?? ''),
  )

/** Whether `set -u` stands anywhere: an unset variable then ends the script. */
export const setsNounset = (node: unknown): boolean =>
  some(
    node,
    (one) =>
      'type' in one &&
      one.type === 'SimpleCommand' &&
      'name' in one &&
      literal(one.name) === 'set' &&
      'args' in one &&
      Array.isArray(one.args) &&
      one.args.some((arg) => /^(?:-[A-Za-z]*u|nounset)/.test(literal(arg) ?? '')),
  )

/** Whether a function of the name is defined anywhere. */
export const definesFunction = (node: unknown, name: string): boolean =>
  some(
    node,
    (one) => 'type' in one && one.type === 'FunctionDef' && 'name' in one && one.name === name,
  )

const systemFolder = /^\/(?:usr\/(?:local\/)?)?bin\//

/** True for the path of a file, as against a program of the shell. */
export const isProgramPath = (name: string): boolean =>
  name.includes('/') && !systemFolder.test(name)

/** True for a name with a folder in it, as far as can be seen before it is expanded. */
const isPath = (name: Word): boolean => {
  const plain = literal(name)
  if (plain !== undefined && systemFolder.test(plain)) return false
  return name.parts.some((part) =>
    part.type === 'DoubleQuoted'
      ? part.parts.some((inner) => textOf(inner)?.includes('/') === true)
      : textOf(part)?.includes('/') === true,
  )
}

const needsResolving = (node: object): boolean => {
  if (!('type' in node)) return false
  if (node.type === 'DoubleQuoted') return withCompany(node) !== node
  if (node.type !== 'SimpleCommand' || !('name' in node) || node.name === null) return false
  return isMissingProgram(literal(node.name) ?? '') || isPath(node.name as Word)
}

const resolved = (command: SimpleCommand, script: unknown): SimpleCommand => {
  const { name } = command
  if (name === null) return command
  const args = [name, ...command.args]
  if (isPath(name)) return { ...command, name: word(programName), args }
  const plain = literal(name) ?? ''
  return isMissingProgram(plain) && !definesFunction(script, plain)
    ? { ...command, name: word(missingName), args }
    : command
}

/** The library takes a variable alone between quotes, such as `"${X:-none}"`, for unset whatever stands behind it. */
const withCompany = (node: object): object => {
  const [only, ...more] = partsOf(node)
  const isAlone =
    more.length === 0 &&
    typeof only === 'object' &&
    only !== null &&
    'operation' in only &&
    only.operation !== null &&
    'parameter' in only &&
    /^(?:\w+)$/.test(String(only.parameter))
  return isAlone ? { ...node, parts: [{ type: 'Literal', value: '' }, only] } : node
}

/**
 * Rewrites a script so that programs named by their path are started by what their first line says, and programs that
 * are not here say why.
 */
export const resolvePrograms = (script: ScriptNode): ScriptNode => {
  if (!some(script, needsResolving)) return script
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit)
    if (typeof node !== 'object' || node === null) return node
    const copy = Object.fromEntries(Object.entries(node).map(([key, one]) => [key, visit(one)]))
    if (copy['type'] === 'DoubleQuoted') return withCompany(copy)
    return copy['type'] === 'SimpleCommand'
      ? resolved(copy as unknown as SimpleCommand, script)
      : copy
  }
  return visit(script) as ScriptNode
}
