import { useEffect, useRef } from 'react'
import type { FunctionConfig } from '@gaesup-state/console-api/contract'
import { Play, Square } from 'lucide-react'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { RunDetails } from '../../runs/run-details.tsx'
import { isMac } from '../../shell/shortcuts.ts'
import { ErrorPanel } from '../../ui/error-panel.tsx'
import { EmptyState, Kbd, Skeleton } from '../../ui/surfaces.tsx'
import type { Run } from './use-run.ts'
import { useRunPhase } from './use-run-phase.ts'
import './response-view.css'

export interface ResponseViewProps {
  readonly fn: FunctionConfig
  readonly run: Run
  /** The code has changes that are not saved. */
  readonly dirty: boolean
}

export function ResponseView({ fn, run, dirty }: ResponseViewProps) {
  const { t, formats } = useI18n()
  const box = useRef<HTMLDivElement>(null)
  const { running, result } = run
  const phase = t(useRunPhase({ workspaceId: fn.workspaceId, functionId: fn.id }, running))
  useEffect(() => {
    // In a narrow window it stands below the code, out of view.
    if (running || result !== undefined) box.current?.scrollIntoView({ block: 'nearest' })
  }, [running, result])
  return (
    <div ref={box} className="response" aria-busy={run.running}>
      <p className="visually-hidden" role="status">
        {run.running
          ? phase
          : run.result !== undefined &&
            t('run.announced', {
              status: run.result.statusCode,
              duration: formats.duration(run.result.duration),
            })}
      </p>
      <ResponseBody run={run} phase={phase} dirty={dirty} />
    </div>
  )
}

interface ResponseBodyProps extends Pick<ResponseViewProps, 'run' | 'dirty'> {
  readonly phase: string
}

function ResponseBody({ run, phase, dirty }: ResponseBodyProps) {
  const { t } = useI18n()
  if (run.running) {
    return (
      <div className="response-wait">
        <p className="run-phase" aria-hidden>
          {phase}
        </p>
        <Skeleton height={88} />
        <Skeleton width="60%" />
      </div>
    )
  }
  if (run.error !== undefined) {
    return (
      <div className="response-wait">
        <ErrorPanel title={t('run.refused')} error={run.error} onRetry={run.start} />
      </div>
    )
  }
  if (run.result !== undefined) return <RunDetails run={run.result} />
  if (run.stopped) {
    return (
      <EmptyState compact icon={<Square size={17} aria-hidden />} title={t('run.stopped')}>
        {t('run.stoppedText')}
      </EmptyState>
    )
  }
  return (
    <EmptyState compact icon={<Play size={19} aria-hidden />} title={t('run.none')}>
      {dirty ? t('run.noneDraft') : t('run.noneText')} <Kbd>{isMac ? '⌘↵' : 'Ctrl ↵'}</Kbd>
    </EmptyState>
  )
}
