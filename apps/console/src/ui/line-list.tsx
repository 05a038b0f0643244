import { useRef } from 'react'
import { useVirtualizer } from '@tanstack/react-virtual'
import './line-list.css'

export interface LineListProps {
  readonly lines: readonly string[]
  readonly label: string
}

/** From this many lines on only those in view are in the document. */
const windowedFrom = 400

/** Lines of output in a box of their own, in as little of the document as it takes. */
export function LineList({ lines, label }: LineListProps) {
  if (lines.length >= windowedFrom) return <WindowedLines lines={lines} label={label} />
  return (
    <div className="lines" role="group" tabIndex={0} aria-label={label}>
      <ol>
        {lines.map((line, index) => (
          <li key={index}>{line}</li>
        ))}
      </ol>
    </div>
  )
}

function WindowedLines({ lines, label }: LineListProps) {
  const box = useRef<HTMLDivElement>(null)
  const view = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => 22,
    overscan: 20,
  })
  const shown = view.getVirtualItems()
  return (
    <div ref={box} className="lines" role="group" tabIndex={0} aria-label={label}>
      <ol className="lines-all" style={{ height: view.getTotalSize() }}>
        {shown.map(({ index, start }) => (
          <li
            key={index}
            ref={view.measureElement}
            data-index={index}
            aria-setsize={lines.length}
            aria-posinset={index + 1}
            style={{ transform: `translateY(${start}px)` }}
          >
            {lines[index]}
          </li>
        ))}
      </ol>
    </div>
  )
}
