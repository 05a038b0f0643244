/** One value with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric. */
export interface Family {
  /** Without `_total`: counters get it where the format wants it. */
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** A label value with backslash, quote and newline escaped. */
const escapeLabel = (text: string): string =>
  text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')

const labelsOf = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** Units that OpenMetrics names; the name of the metric ends with it. */
const unitOf = (name: string): string | undefined => (name.endsWith('_bytes') ? 'bytes' : undefined)

const linesOf = (family: Family, openMetrics: boolean): readonly string[] => {
  const samples = family.samples.filter(({ value }) => Number.isFinite(value))
  if (samples.length === 0) return []
  const suffixed = family.type === 'counter' ? `${family.name}_total` : family.name
  // OpenMetrics describes the family, the older format the sample.
  const described = openMetrics ? family.name : suffixed
  const unit = openMetrics ? unitOf(family.name) : undefined
  return [
    `# HELP ${described} ${family.help}`,
    `# TYPE ${described} ${family.type}`,
    ...(unit === undefined ? [] : [`# UNIT ${described} ${unit}`]),
    ...samples.map(({ labels, value }) => `${suffixed}${labelsOf(labels)} ${value}`),
  ]
}

/**
 * Families as text for a scrape; those without a sample are left out.
 *
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export const toExposition = (families: readonly Family[], openMetrics: boolean): string => {
  const lines = families.flatMap((family) => linesOf(family, openMetrics))
  return [...lines, ...(openMetrics ? ['# EOF'] : [])].map((line) => `${line}\n`).join('')
}
