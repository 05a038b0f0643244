import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Check } from 'lucide-react'
import { IconButton } from './button.tsx'
import './menu.css'

export interface MenuItem {
  readonly key: string
  readonly label: string
  readonly icon?: ReactNode
  readonly danger?: boolean
  /** Given, the item is one of a choice. */
  readonly checked?: boolean
  readonly onSelect: () => void
}

export interface MenuProps {
  readonly label: string
  readonly trigger: ReactNode
  readonly items: readonly MenuItem[]
  readonly className?: string
}

/** A button with a menu: arrow keys, Home, End, Escape, and closing on any press outside. */
export function Menu({ label, trigger, items, className = '' }: MenuProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const id = useId()
  useEffect(() => {
    if (!open) return
    focusItem(root.current, 0)
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true)
        setOpen(false)
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])
  const close = () => {
    setOpen(false)
    root.current?.querySelector<HTMLElement>(':scope > button')?.focus()
  }
  return (
    <div
      ref={root}
      className={`menu ${className}`}
      onKeyDown={(event) => open && onMenuKey(event, root.current, close)}
    >
      <IconButton
        label={label}
        tipSide="left"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {trigger}
      </IconButton>
      {open && (
        <div id={id} role="menu" aria-label={label} className="menu-list">
          {items.map((item) => (
            <MenuRow key={item.key} item={item} onDone={close} />
          ))}
        </div>
      )}
    </div>
  )
}

function MenuRow({ item, onDone }: { readonly item: MenuItem; readonly onDone: () => void }) {
  return (
    <button
      type="button"
      role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={item.checked}
      tabIndex={-1}
      className={`menu-item ${item.danger === true ? 'menu-danger' : ''}`}
      onClick={() => {
        onDone()
        item.onSelect()
      }}
    >
      {item.icon}
      <span className="menu-label">{item.label}</span>
      {item.checked === true && <Check size={14} aria-hidden />}
    </button>
  )
}

function onMenuKey(event: KeyboardEvent, root: HTMLElement | null, close: () => void): void {
  const items = itemsOf(root)
  const current = items.indexOf(document.activeElement as HTMLElement)
  const targets: Record<string, number> = {
    ArrowDown: current + 1,
    ArrowUp: current - 1,
    Home: 0,
    End: items.length - 1,
  }
  const target = targets[event.key]
  if (target !== undefined) {
    event.preventDefault()
    focusItem(root, target)
  } else if (event.key === 'Escape' || event.key === 'Tab') {
    if (event.key === 'Escape') event.preventDefault()
    close()
  }
}

function itemsOf(root: HTMLElement | null): readonly HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])]
}

function focusItem(root: HTMLElement | null, index: number): void {
  const items = itemsOf(root)
  items[(index + items.length) % items.length]?.focus()
}
