import { memo, useLayoutEffect, useRef, useState } from 'react'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import type { FunctionSummary } from '@gaesup-state/console-api/contract'
import { useI18n } from '../../i18n/i18n-context.tsx'
import { FunctionRow } from './function-row.tsx'
import './function-table.css'

export interface FunctionTableProps {
  readonly functions: readonly FunctionSummary[]
}

/** From this many rows on only those in view are in the document. */
const windowedFrom = 100
const rowHeight = 49
const columns = 7

export function FunctionTable({ functions }: FunctionTableProps) {
  const { t } = useI18n()
  const windowed = functions.length >= windowedFrom
  return (
    <table
      className="table"
      aria-labelledby="functions-title"
      aria-rowcount={windowed ? functions.length + 1 : undefined}
    >
      <thead>
        <tr aria-rowindex={windowed ? 1 : undefined}>
          <th scope="col">{t('field.name')}</th>
          <th scope="col">{t('field.runtime')}</th>
          <th scope="col" className="right">
            {t('metric.calls24h')}
          </th>
          <th scope="col" className="right">
            {t('metric.errorRate')}
          </th>
          <th scope="col" className="right">
            {t('metric.average')}
          </th>
          <th scope="col">{t('function.enabledColumn')}</th>
          <th scope="col">
            <span className="visually-hidden">{t('function.actions')}</span>
          </th>
        </tr>
      </thead>
      {windowed ? <WindowedRows functions={functions} /> : <AllRows functions={functions} />}
    </table>
  )
}

const Row = memo(FunctionRow)

function AllRows({ functions }: FunctionTableProps) {
  return (
    <tbody>
      {functions.map((fn) => (
        <Row key={fn.id} fn={fn} />
      ))}
    </tbody>
  )
}

function WindowedRows({ functions }: FunctionTableProps) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    if (body.current === null) return
    setTop(Math.round(body.current.getBoundingClientRect().top + window.scrollY))
  })
  const view = useWindowVirtualizer({
    count: functions.length,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollMargin: top,
    getItemKey: (index) => functions[index]?.id ?? index,
  })
  const shown = view.getVirtualItems()
  const above = (shown[0]?.start ?? top) - top
  const below = view.getTotalSize() - ((shown.at(-1)?.end ?? top) - top)
  return (
    <tbody ref={body}>
      <Spacer height={above} />
      {shown.map(({ index }) => {
        const fn = functions[index]
        return fn && <Row key={fn.id} fn={fn} index={index} measure={view.measureElement} />
      })}
      <Spacer height={below} />
    </tbody>
  )
}

/** Stands for the rows that are not in the document. */
function Spacer({ height }: { readonly height: number }) {
  return (
    <tr className="table-spacer" aria-hidden style={{ height }}>
      <td colSpan={columns} />
    </tr>
  )
}
