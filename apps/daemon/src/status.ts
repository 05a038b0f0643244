/** What is real and what is embedded, as shown at start-up and on the `/status` page. */
export interface Status {
  readonly version: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly dataDir: string
  readonly parts: readonly StatusPart[]
  readonly runtimes: readonly StatusRuntime[]
  readonly endpoints: { readonly console: string; readonly sandbox: string }
}

export interface StatusPart {
  readonly name: string
  /** `embedded`: inside this process, only Node needed. `real`: a service of its own. */
  readonly kind: 'embedded' | 'real'
  readonly detail: string
}

export interface StatusRuntime {
  readonly language: string
  /** Name and version, e.g. `Python 3.12`. */
  readonly runtime: string
  /** Full version of the interpreter. */
  readonly version: string
  readonly engine: string
}
