import type { Status } from './status.ts'

/** What a person reads in the terminal once everything answers. */
export function startupReport(status: Status): string {
  const width = Math.max(...status.parts.map((part) => part.name.length)) + 2
  return [
    '',
    `  Gaesup-State ${status.version} is running`,
    '',
    `  Console   ${status.endpoints.console}`,
    `  Sandbox   ${status.endpoints.sandbox}`,
    `  Data      ${status.dataDir}`,
    '',
    ...status.parts.map(
      (part) => `  ${part.name.padEnd(width)}${part.kind.padEnd(10)}${part.detail}`,
    ),
    '',
    `  Runs ${status.runtimes.map((runtime) => `${runtime.runtime} (${runtime.engine})`).join(', ')}. Ctrl+C stops.`,
    '',
  ].join('\n')
}
