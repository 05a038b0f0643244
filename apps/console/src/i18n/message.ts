/** The part of ICU MessageFormat the console needs: `{name}` and `{count, plural, one {# call} other {# calls}}`. */

/** Names of the parameters that a message takes. Every plural branch must hold a `#`, which tells it from a name. */
export type ParameterNames<Message extends string> = Message extends `${string}{${infer Rest}`
  ? NameAtStart<Rest> | ParameterNames<Rest>
  : never

type NameAtStart<Rest extends string> = Rest extends `${infer Plural}, plural,${string}`
  ? Plural extends `${string}}${string}`
    ? SimpleName<Rest>
    : Plural
  : SimpleName<Rest>

type SimpleName<Rest extends string> = Rest extends `${infer Name}}${string}`
  ? Name extends `${string}#${string}` | `${string} ${string}`
    ? never
    : Name
  : never

export type Parameter = string | number

/** Text of a message in one locale; numbers are formatted for it. A missing parameter is an error of the caller. */
export function formatMessage(
  locale: string,
  message: string,
  parameters: Readonly<Record<string, Parameter>> = {},
): string {
  let text = ''
  let at = 0
  while (at < message.length) {
    const open = message.indexOf('{', at)
    if (open === -1) return text + message.slice(at)
    const close = closingBrace(message, open)
    text +=
      message.slice(at, open) + formatArgument(locale, message.slice(open + 1, close), parameters)
    at = close + 1
  }
  return text
}

function formatArgument(
  locale: string,
  argument: string,
  parameters: Readonly<Record<string, Parameter>>,
): string {
  const plural = /^(\w+), plural,/.exec(argument)
  const name = plural?.[1] ?? argument
  const value = parameters[name]
  if (value === undefined) throw new TypeError(`The message needs the parameter "${name}".`)
  if (plural === null) return typeof value === 'number' ? formatNumber(locale, value) : value
  const count = Number(value)
  const branches = pluralBranches(argument.slice(plural[0].length))
  const branch =
    branches.get(`=${count}`) ??
    branches.get(new Intl.PluralRules(locale).select(count)) ??
    branches.get('other')
  if (branch === undefined) throw new TypeError(`The plural "${name}" has no branch "other".`)
  return branch.replaceAll('#', formatNumber(locale, count))
}

function pluralBranches(text: string): ReadonlyMap<string, string> {
  const branches = new Map<string, string>()
  for (const [, category = '', branch = ''] of text.matchAll(/(=?\w+)\s*\{([^{}]*)\}/g))
    branches.set(category, branch)
  return branches
}

function closingBrace(message: string, open: number): number {
  let depth = 0
  for (let at = open; at < message.length; at++) {
    if (message[at] === '{') depth++
    if (message[at] === '}' && --depth === 0) return at
  }
  throw new TypeError(`The message "${message}" has an open brace.`)
}

function formatNumber(locale: string, value: number): string {
  return new Intl.NumberFormat(locale).format(value)
}
