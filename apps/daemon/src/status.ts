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
  /** `degraded`: something of it could not be stored, and was not acknowledged; `ok` once that works again. */
  readonly status: 'ok' | 'degraded'
  /** Why it is degraded. */
  readonly reason?: string
}

export interface StatusRuntime {
  readonly language: string
  /** Name and version, e.g. `Python 3.12`. */
  readonly runtime: string
  /** Full version of the interpreter. */
  readonly version: string
  readonly engine: string
}

export interface PartsSource {
  readonly folder: {
    readonly databaseFile: string
    readonly objectsDir: string
    readonly sessionsDir: string
  }
  readonly engine: {
    readonly name: string
    readonly isolation: string
    storage(): { readonly failing: number; readonly reason?: string }
  }
  readonly consoleApi: {
    storage(): { readonly tables: Health; readonly objects: Health }
  }
  readonly sandbox: { health(): { readonly store: Health } }
}

type Health = { readonly status: 'ok' } | { readonly status: 'degraded'; readonly reason: string }

/** The parts of this process, in the order a person asks for them. */
export function describeParts(from: PartsSource): readonly StatusPart[] {
  const { folder, engine, consoleApi, sandbox } = from
  const { tables, objects } = consoleApi.storage()
  const part = (name: string, detail: string, health: Health = { status: 'ok' }): StatusPart => ({
    name,
    kind: 'embedded',
    detail,
    status: health.status,
    ...(health.status === 'ok' ? {} : { reason: health.reason }),
  })
  return [
    part('sandbox engine', `${engine.name}: ${engine.isolation}`),
    part('function host', `${engine.name}: the same isolation, pooled`),
    part('tables', `SQLite in ${folder.databaseFile}`, tables),
    part('objects', `files in ${folder.objectsDir}`, objects),
    part(
      'sessions',
      `files in ${folder.sessionsDir}`,
      sessionsHealth(sandbox.health().store, engine.storage()),
    ),
  ]
}

function sessionsHealth(
  store: Health,
  files: { readonly failing: number; readonly reason?: string },
): Health {
  const reasons = [
    ...(store.status === 'ok' ? [] : [`records are not stored (${store.reason})`]),
    ...(files.failing === 0
      ? []
      : [`files of ${files.failing} are not stored (${files.reason ?? 'unknown reason'})`]),
  ]
  return reasons.length === 0
    ? { status: 'ok' }
    : { status: 'degraded', reason: reasons.join('; ') }
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
