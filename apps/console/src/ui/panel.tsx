import { useId, type ReactNode } from 'react'

export interface PanelProps {
  readonly title: string
  /** What stands at the end of the heading's line. */
  readonly aside?: ReactNode
  /** Id of the heading, where something inside is named by it, too. */
  readonly titleId?: string
  readonly children: ReactNode
}

/** A part of a page with a heading of its own, in a frame. */
export function Panel({ title, aside, titleId, children }: PanelProps) {
  const ownId = useId()
  const id = titleId ?? ownId
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
