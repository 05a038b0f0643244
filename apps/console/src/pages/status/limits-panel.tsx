import { LIMITS } from '@gaesup-state/console-api/contract'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Fact, Facts } from './facts.tsx'

/** Limits that the API enforces, from the contract that it enforces them by. */
export function LimitsPanel() {
  const { t, formats } = useI18n()
  const range = ({ min, max }: { readonly min: number; readonly max: number }) =>
    `${formats.number(min)} – ${formats.number(max)}`
  const rows = [
    [t('limit.memory'), `${range(LIMITS.memoryMb)} MB`],
    [t('limit.timeout'), `${range(LIMITS.timeoutSeconds)} s`],
    [t('limit.code'), formats.bytes(LIMITS.codeBytes)],
    [
      t('limit.variables'),
      `${formats.number(LIMITS.environmentVariables)} · ${formats.bytes(LIMITS.environmentBytes)}`,
    ],
    [t('limit.prints'), formats.bytes(LIMITS.capturedLogBytes)],
    [t('limit.bodies'), formats.bytes(LIMITS.capturedBodyBytes)],
  ] as const
  return (
    <Panel title={t('status.limits')}>
      <Facts>
        {rows.map(([label, value]) => (
          <Fact key={label} label={label}>
            {value}
          </Fact>
        ))}
      </Facts>
    </Panel>
  )
}
