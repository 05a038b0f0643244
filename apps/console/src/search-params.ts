/** What of each page stands in its address. An unknown value is left out, so old links keep working. */

export type FunctionTab = 'code' | 'runs' | 'settings'
export type StatusFilter = 'active' | 'disabled'

export interface WorkspaceSearch {
  readonly q?: string
  readonly status?: StatusFilter
}

export interface FunctionSearch {
  readonly tab?: FunctionTab
  /** Id of the execution whose details are open. */
  readonly run?: string
}

export interface SandboxSearch {
  readonly session?: string
}

type Raw = Readonly<Record<string, unknown>>

export function parseWorkspaceSearch(raw: Raw): WorkspaceSearch {
  const q = text(raw, 'q')
  const status = oneOf(raw['status'], ['active', 'disabled'] as const)
  return { ...(q !== undefined && { q }), ...(status !== undefined && { status }) }
}

export function parseFunctionSearch(raw: Raw): FunctionSearch {
  const tab = oneOf(raw['tab'], ['code', 'runs', 'settings'] as const)
  const run = text(raw, 'run')
  return { ...(tab !== undefined && { tab }), ...(run !== undefined && { run }) }
}

export function parseSandboxSearch(raw: Raw): SandboxSearch {
  const session = text(raw, 'session')
  return session === undefined ? {} : { session }
}

/** A search value that looks like a number arrives as one. */
function text(raw: Raw, key: string): string | undefined {
  const value = raw[key]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function oneOf<Value extends string>(value: unknown, allowed: readonly Value[]): Value | undefined {
  return allowed.find((candidate) => candidate === value)
}
