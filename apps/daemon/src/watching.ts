import type { AuditSink } from '@gaesup-state/sandbox'
import type { Problems } from './problems.ts'

const records = 'session records'
const files = 'session files'

/** The sandbox's audit trail, as far as the person at the terminal must know of it. */
export function createAuditSink(problems: Problems): AuditSink {
  return {
    record(event) {
      if (event.type === 'store.failed') problems.report(records, `not stored: ${event.message}`)
      if (event.type === 'store.recovered') problems.recovered(records)
      if (event.type === 'server.failed') problems.report('sandbox', event.message)
      // Of files that are not stored, the engine itself says more.
      if (event.type === 'engine.failed' && event.code !== 'STORAGE_FAILED')
        problems.report(`engine ${event.engine}`, event.message)
    },
  }
}

/** What the engine could not keep, with the system's words for it. */
export function reportFiles(problems: Problems, error: Error): void {
  problems.report(files, `${error.message} ${wordsOf(error.cause)}`.trim())
}

/** What the functions platform could not do behind an answer. */
export function reportFunctions(problems: Problems, error: Error): void {
  const subject =
    'storage' in error ? `functions' ${String(error.storage)}` : `functions: ${error.name}`
  problems.report(subject, 'storage' in error ? error.message : (error.stack ?? error.message))
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : ''
}
