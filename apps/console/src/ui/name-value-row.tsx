import { X } from 'lucide-react'
import { IconButton } from './button.tsx'
import './field.css'
import './name-value-row.css'

export interface NameValue {
  readonly name: string
  readonly value: string
}

export interface NameValueRowProps<Row extends NameValue> {
  readonly row: Row
  readonly nameLabel: string
  readonly valueLabel: string
  readonly removeLabel: string
  readonly namePlaceholder: string
  readonly onChange: (row: Row) => void
  readonly onRemove: () => void
}

/** One header or variable: a name, its value, and a way to remove it. */
export function NameValueRow<Row extends NameValue>({
  row,
  nameLabel,
  valueLabel,
  removeLabel,
  namePlaceholder,
  onChange,
  onRemove,
}: NameValueRowProps<Row>) {
  return (
    <div className="name-value">
      <input
        className="input mono"
        aria-label={nameLabel}
        placeholder={namePlaceholder}
        value={row.name}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange({ ...row, name: event.target.value })}
      />
      <input
        className="input mono"
        aria-label={valueLabel}
        value={row.value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange({ ...row, value: event.target.value })}
      />
      <IconButton label={removeLabel} tipSide="left" onClick={onRemove}>
        <X size={15} aria-hidden />
      </IconButton>
    </div>
  )
}
