import type { ExecutionLog } from '@gaesup-state/console-api/contract'

export function toneOfRun(
  run: Pick<ExecutionLog, 'status' | 'statusCode'>,
): 'good' | 'warn' | 'bad' {
  if (run.status === 'error') return 'bad'
  return run.statusCode >= 400 ? 'warn' : 'good'
}

/** The line that names the fault: the last of a Python traceback, the first of a JavaScript one. */
export function whyItFailed(message: string): string {
  const lines = message.split('\n').map((line) => line.trim())
  const filled = lines.filter((line) => line !== '')
  const last = filled.at(-1) ?? message
  if (filled[0]?.startsWith('Traceback') === true) return last
  const named = filled.find((line) =>
    /^(\w+\.)*\w*(Error|Exception|Exit|Interrupt|Warning)\b/.test(line),
  )
  return named ?? filled[0] ?? message
}

/** Where in the author's file it failed, from the innermost frame of a traceback; undefined when it does not say. */
export function failedLine(message: string): number | undefined {
  const python = [...message.matchAll(/File "([^"<]+)", line (\d+)/g)].filter(
    ([, file = '']) => !/\/(lib|usr)\//.test(file),
  )
  const found =
    python.at(-1)?.[2] ?? /(?:^|[\s(/])[\w.-]+\.m?js:(\d+)(?::\d+)?\)?/m.exec(message)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** A body as text for reading: JSON is indented, other values are shown as they are. */
export function prettyBody(body: unknown): string {
  if (body === undefined || body === null) return ''
  if (typeof body !== 'string') return JSON.stringify(body, null, 2)
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

/** A body as it was sent, as nearly as the log keeps it. */
export function rawBody(body: unknown): string {
  if (body === undefined || body === null) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}
