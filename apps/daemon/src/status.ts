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

/** The parts of this process, in the order a person asks for them. */
export function describeParts(from: {
  readonly folder: {
    readonly databaseFile: string
    readonly objectsDir: string
    readonly sessionsDir: string
  }
  readonly engine: { readonly name: string; readonly isolation: string }
}): readonly StatusPart[] {
  const { folder, engine } = from
  return [
    { name: 'sandbox engine', kind: 'embedded', detail: `${engine.name}: ${engine.isolation}` },
    {
      name: 'function host',
      kind: 'embedded',
      detail: `${engine.name}: the same isolation, pooled`,
    },
    { name: 'tables', kind: 'embedded', detail: `SQLite in ${folder.databaseFile}` },
    { name: 'objects', kind: 'embedded', detail: `files in ${folder.objectsDir}` },
    { name: 'sessions', kind: 'embedded', detail: `files in ${folder.sessionsDir}` },
  ]
}

/** The interpreters that are really there. */
export function describeRuntimes(engine: {
  readonly name: string
  runtimes(): readonly {
    readonly language: string
    readonly runtime: string
    readonly version: string
  }[]
}): readonly StatusRuntime[] {
  return engine
    .runtimes()
    .map(({ language, runtime, version }) => ({ language, runtime, version, engine: engine.name }))
}
