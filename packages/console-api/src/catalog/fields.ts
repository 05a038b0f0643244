import { DEFAULT_RUNTIME, LIMITS } from '../contract/index.ts'
import { invalid } from '../errors.ts'
import type { FunctionRuntime } from '../ports.ts'
import { parseIsoTime } from './time.ts'

/** The rules that a schema cannot say. Each throws VALIDATION_ERROR with the field's name and never repeats its value. */

export function parseName(name: string): string {
  const clean = name.normalize('NFC').trim()
  if (clean === '') throw invalid('name', 'name must not be empty')
  if (/\p{Cc}|\p{Cs}/u.test(clean))
    throw invalid('name', 'name must not have control characters or halves of characters')
  return clean
}

/** A function's name is part of its address, so it must be one path segment. */
export function parseFunctionName(name: string): string {
  const clean = parseName(name)
  if (/[/\\]/.test(clean) || clean === '.' || clean === '..')
    throw invalid('name', 'name must not be `.` or `..` or have `/` or `\\`')
  return clean
}

export function parseDescription(description: string): string | null {
  return description === '' ? null : description
}

export function parseEnvironment(
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(environment)
  const field = 'environmentVariables'
  if (entries.length > LIMITS.environmentVariables) {
    throw invalid(
      field,
      `at most ${LIMITS.environmentVariables} environment variables are possible, not ${entries.length}`,
    )
  }
  for (const [name, value] of entries) {
    const shown = `${field}.${name.slice(0, LIMITS.nameLength)}`
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === '__proto__') {
      throw invalid(
        shown,
        'a variable name has letters, digits and `_`, does not begin with a digit and is not `__proto__`',
      )
    }
    if (value.includes('\0')) throw invalid(shown, 'a variable must not have a NUL character')
  }
  const size = entries.reduce(
    (total, [name, value]) => total + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  if (size > LIMITS.environmentBytes) {
    throw invalid(
      field,
      `names and values are ${size} bytes, at most ${LIMITS.environmentBytes} are possible`,
      { limitBytes: LIMITS.environmentBytes },
    )
  }
  return Object.fromEntries(entries)
}

/** Schemes without `//`, which would pass for the name of a host with a port. */
const OTHER_SCHEME =
  /^(?:javascript|vbscript|data|blob|file|filesystem|view-source|about|mailto|tel|ftp|wss?):/i

/** `host/path` gets `http://`; anything but an http or https address is refused. */
export function parseInvocationUrl(url: string): string {
  const trimmed = url.trim()
  if (OTHER_SCHEME.test(trimmed) || /[\s\p{Cc}]/u.test(trimmed))
    throw invalid('invocationUrl', 'invocationUrl must be an http or https address')
  const complete = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`
  const parsed = URL.canParse(complete) ? new URL(complete) : null
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw invalid('invocationUrl', 'invocationUrl must be an http or https address')
  }
  return complete
}

export function parseLastDeployed(text: string): number {
  const atMs = parseIsoTime(text)
  if (atMs === null) throw invalid('lastDeployed', 'lastDeployed must be an ISO 8601 date and time')
  return atMs
}

/** The runtime a new function gets that names none: the seed's where it is there, else the newest Python, else the first. */
export function defaultRuntime(runtimes: readonly FunctionRuntime[]): string | null {
  const python = runtimes.filter((each) => each.language === 'python')
  python.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))
  const seed = runtimes.find((each) => each.runtime === DEFAULT_RUNTIME)
  return (seed ?? python[0] ?? runtimes[0])?.runtime ?? null
}

/** Refuses a runtime that is not there, and says which are. */
export function parseRuntime(
  runtime: string | undefined,
  runtimes: readonly FunctionRuntime[],
): string {
  const wanted = runtime ?? defaultRuntime(runtimes)
  if (wanted !== null && runtimes.some((each) => each.runtime === wanted)) return wanted
  const available = runtimes.map((each) => each.runtime)
  throw invalid(
    'runtime',
    `runtime ${JSON.stringify(wanted)} is not available; there is: ${available.join(', ') || 'none'}`,
    { available },
  )
}
