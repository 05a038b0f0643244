import type { ReactNode } from 'react'
import { CopyButton } from '../../ui/copy-button.tsx'

export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className="facts">{children}</dl>
}

export interface FactProps {
  readonly label: string
  readonly children: ReactNode
}

export function Fact({ label, children }: FactProps) {
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd className="number">{children}</dd>
    </div>
  )
}

export function CopyFact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <Fact label={label}>
      <code className="fact-code">{value}</code>
      <CopyButton text={value} />
    </Fact>
  )
}
