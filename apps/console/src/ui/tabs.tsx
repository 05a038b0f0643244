import { useRef, type KeyboardEvent, type ReactNode } from 'react'
import './tabs.css'

export interface TabsProps<Key extends string> {
  readonly label: string
  /** Prefix of element ids: `{id}-tab-{key}`, `{id}-panel`. */
  readonly id: string
  readonly tabs: readonly { readonly key: Key; readonly label: ReactNode }[]
  readonly current: Key
  readonly onSelect: (key: Key) => void
  readonly className?: string
}

/** A tab list: arrow keys, Home and End move and select, as in the ARIA pattern. */
export function Tabs<Key extends string>({
  label,
  id,
  tabs,
  current,
  onSelect,
  className = '',
}: TabsProps<Key>) {
  const list = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ key }) => key === current)
    const targets: Partial<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: tabs.length - 1,
    }
    const target = targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    const next = tabs[(target + tabs.length) % tabs.length]
    if (next === undefined) return
    onSelect(next.key)
    list.current?.querySelector<HTMLElement>(`#${CSS.escape(`${id}-tab-${next.key}`)}`)?.focus()
  }
  return (
    <div
      ref={list}
      role="tablist"
      aria-label={label}
      className={`tabs ${className}`}
      onKeyDown={onKeyDown}
    >
      {tabs.map((tab) => (
        <button
          key={tab.key}
          id={`${id}-tab-${tab.key}`}
          type="button"
          role="tab"
          className="tab"
          aria-selected={tab.key === current}
          aria-controls={tab.key === current ? `${id}-panel` : undefined}
          tabIndex={tab.key === current ? 0 : -1}
          onClick={() => onSelect(tab.key)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  )
}

export interface TabPanelProps {
  readonly id: string
  readonly current: string
  readonly children: ReactNode
  readonly className?: string
}

export function TabPanel({ id, current, children, className = '' }: TabPanelProps) {
  return (
    <div
      id={`${id}-panel`}
      role="tabpanel"
      aria-labelledby={`${id}-tab-${current}`}
      className={className}
    >
      {children}
    </div>
  )
}
