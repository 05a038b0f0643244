import { Link } from '@tanstack/react-router'
import type { ExecutionSummary } from '@gaesup-state/console-api/contract'
import { useI18n } from '../i18n/i18n-context.tsx'
import { Badge } from '../ui/surfaces.tsx'
import { RelativeTime } from '../ui/relative-time.tsx'
import { toneOfRun } from './run-facts.ts'
import './runs.css'

export interface RunRowProps {
  readonly run: ExecutionSummary
  readonly workspaceId: string
  /** Shown where runs of several functions stand together. */
  readonly functionName?: string | undefined
  readonly open?: boolean
}

/** One run; one press opens its logs. */
export function RunRow({ run, workspaceId, functionName, open = false }: RunRowProps) {
  const { formats } = useI18n()
  return (
    <li className="run-row">
      <Badge tone={toneOfRun(run)}>{run.statusCode}</Badge>
      <Link
        to="/w/$workspaceId/f/$functionId"
        params={{ workspaceId, functionId: run.functionId }}
        search={{ tab: 'runs', run: run.id }}
        className="row-link run-what"
        aria-current={open ? 'true' : undefined}
      >
        {functionName !== undefined && <span className="run-name">{functionName}</span>}
        <span className="run-request truncate">
          {run.method} {run.path}
        </span>
      </Link>
      <span className="run-note truncate">{run.errorCode ?? run.lastLine ?? ''}</span>
      <span className="run-duration number">{formats.duration(run.duration)}</span>
      <RelativeTime iso={run.timestamp} className="run-time" />
    </li>
  )
}
