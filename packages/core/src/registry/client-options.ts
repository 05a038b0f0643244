import { check, readOptions, type Kind } from '../containers/checks.ts'
import {
  callable,
  either,
  having,
  listOf,
  longestTimerMs,
  record,
  text,
  texts,
  wholeFrom,
} from '../containers/option-kinds.ts'
import { createAuthorizer, type FindCredentials, type RegistryCredentials } from './authorizer.ts'
import type { Connection, WireLimits } from './connection.ts'
import { createHostPolicy, isLoopbackHost } from './host-policy.ts'
import type { SignaturePolicy } from './signatures.ts'
import { createSha256 } from './sha256.ts'
import { createTransport, type Send } from './transport.ts'
import type { CreateHash, RegistryClock, RegistryStore } from './types.ts'

/** Reads a local file. Throws `RegistryError`: `NOT_FOUND`, `SIZE_LIMIT`. */
export type ReadLocalFile = (
  url: URL,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
) => Promise<{ bytes: Uint8Array<ArrayBuffer>; modifiedAt: Date }>

/** What a registry client is made of. */
export interface RegistryClientOptions {
  /**
   * Host of the registry for names without one (`registry.example.com`, `localhost:5000`) or its origin. Plain HTTP is
   * spoken to this machine and to an origin that says `http://`.
   */
  readonly registry: string
  /** Where pulled bytes are kept: `createMemoryStore`, `createBrowserStore`, or `createFileStore` of `./registry/node`. */
  readonly store: RegistryStore
  /** Credentials for `registry`, or a function that has them for any host. Default: none. */
  readonly auth?: RegistryCredentials | FindCredentials
  /** Default: the global `fetch`. */
  readonly fetch?: typeof fetch
  /** SHA-256. Default: one in TypeScript that runs anywhere; `createNodePorts` brings the native one. */
  readonly createHash?: CreateHash
  /** Makes `file:` references readable. Default: they are refused with `FORBIDDEN`. */
  readonly readFile?: ReadLocalFile
  /**
   * Hosts that may be asked besides `registry` and `npmRegistry`, with their port where it is not 443;
   * `*.example.com` stands for every host below it. Covers references, redirects and places that give tokens.
   * Default: any host, save that a server may not send the client to a private address. Set it where references come
   * from others.
   */
  readonly hosts?: readonly string[]
  /** Address of the npm registry, with its path where it has one. It is asked without credentials. Default `https://registry.npmjs.org`. */
  readonly npmRegistry?: string
  /** Signatures that pulled containers must have. Sources that cannot carry any are then refused. Default: none. */
  readonly policy?: SignaturePolicy
  /**
   * Whether a name and version that was pulled before is taken from the store unasked (`prefer`), or the registry is asked what
   * it stands for now (`revalidate`). Digests never change and always come from the store. Default `revalidate`.
   */
  readonly cache?: 'prefer' | 'revalidate'
  /** Longest silence of a server, in milliseconds, at most 2,147,483,647. Default 30,000. */
  readonly timeoutMs?: number
  /** Longest time for one call of the client, in milliseconds, at most 2,147,483,647. Default 300,000. */
  readonly deadlineMs?: number
  /** Most bytes of a module. Default 64 MiB. */
  readonly maxBytes?: number
  /** Most bytes of an npm package once unpacked. Default 256 MiB. */
  readonly maxArchiveBytes?: number
  /** Most tags or repositories that a registry may list. Default 20,000. */
  readonly maxListItems?: number
  /** Bytes that one upload request carries. Default 8 MiB. */
  readonly chunkBytes?: number
  /** How often a request is sent again after 429 or 5xx. Default 4. */
  readonly retries?: number
  /**
   * Wait before the first repetition, in milliseconds; it doubles up to 30 s. `Retry-After` is obeyed
   * instead; one above 30 s ends the call. Default 250.
   */
  readonly retryDelayMs?: number
  /** How often an interrupted transfer is taken up again. Default 5. */
  readonly resumes?: number
  /** Default: the system's clock. */
  readonly clock?: RegistryClock
}

/** Options with their defaults, wired. */
export interface ClientContext {
  readonly origin: string
  /** Address of the npm registry without a slash at its end. */
  readonly npmBase: string
  readonly store: RegistryStore
  readonly createHash: CreateHash
  readonly clock: RegistryClock
  readonly limits: WireLimits
  readonly maxArchiveBytes: number
  readonly preferCache: boolean
  readonly policy: SignaturePolicy | undefined
  readonly readFile: ReadLocalFile | undefined
  readonly send: Send
  /** The connection to one repository. `host` is as references have it; absent for the client's own registry. */
  readonly connect: (
    host: string | undefined,
    repository: string,
    signal: AbortSignal,
  ) => Connection
  /** Does the work of one call under the caller's signal and the deadline. */
  readonly call: <Value>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Value>,
  ) => Promise<Value>
}

/** A misspelt or mistyped policy would be none. */
const kinds = {
  registry: text,
  store: having('read', 'write', 'remove', 'list'),
  auth: either(callable, record),
  fetch: callable,
  createHash: callable,
  readFile: callable,
  hosts: texts,
  npmRegistry: text,
  policy: record,
  cache: {
    text: '"prefer" or "revalidate"',
    is: (value) => value === 'prefer' || value === 'revalidate',
  },
  timeoutMs: wholeFrom(0, longestTimerMs),
  deadlineMs: wholeFrom(0, longestTimerMs),
  maxBytes: wholeFrom(0),
  maxArchiveBytes: wholeFrom(0),
  maxListItems: wholeFrom(0),
  chunkBytes: wholeFrom(0),
  retries: wholeFrom(0),
  retryDelayMs: wholeFrom(0),
  resumes: wholeFrom(0),
  clock: having('nowMs', 'sleep'),
} satisfies Record<keyof RegistryClientOptions, Kind>

const policyKinds = {
  keys: listOf(either(text, record)),
  require: { text: '"any" or "all"', is: (value) => value === 'any' || value === 'all' },
} satisfies Record<keyof SignaturePolicy, Kind>

/** Resolves the options of a client. Throws `TypeError` for invalid ones. */
export function createContext(given: RegistryClientOptions): ClientContext {
  const options = readOptions('registry', given, kinds)
  const isWhole = options.registry !== undefined && options.store !== undefined
  check(isWhole, 'a registry client needs the options registry and store')
  const policy = options.policy && readOptions('policy', options.policy, policyKinds)
  check(policy === undefined || policy.keys !== undefined, 'a policy lists the keys it trusts')
  const origin = toOrigin(options.registry)
  const npmBase = toNpmBase(options.npmRegistry ?? 'https://registry.npmjs.org')
  const clock = options.clock ?? systemClock
  const limits = toLimits(options)
  const { deadlineMs = 300_000 } = options
  const send = createTransport({
    fetch: options.fetch ?? ((...request) => fetch(...request)),
    checkAddress: createHostPolicy({
      ownOrigins: [origin, new URL(npmBase).origin],
      hosts: options.hosts,
    }),
    clock,
    timeoutMs: limits.timeoutMs,
    retries: options.retries ?? 4,
    retryDelayMs: options.retryDelayMs ?? 250,
  })
  const findCredentials = credentialsOf(options.auth, new URL(origin).host)
  const authorized = createAuthorizer({ send, findCredentials, clock, timeoutMs: limits.timeoutMs })
  const createHash = options.createHash ?? createSha256
  const { store } = options
  return {
    origin,
    npmBase,
    store,
    createHash,
    clock,
    limits,
    send,
    maxArchiveBytes: options.maxArchiveBytes ?? 256 * 1024 * 1024,
    preferCache: options.cache === 'prefer',
    policy,
    readFile: options.readFile,
    connect: (host, repository, signal) => ({
      origin: host === undefined ? origin : toOrigin(aliases.get(host) ?? host),
      repository,
      createHash,
      store,
      limits,
      signal,
      request: (request, action) => authorized(request, scopeOf(repository, action)),
    }),
    call: (signal, work) => underDeadline({ signal, deadlineMs }, work),
  }
}

/** A deadline whose timer ends with the work. */
async function underDeadline<Value>(
  { signal, deadlineMs }: { signal: AbortSignal | undefined; deadlineMs: number },
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const deadline = new AbortController()
  const reason = new DOMException(`The deadline of ${deadlineMs} ms passed.`, 'TimeoutError')
  const timer = setTimeout(() => deadline.abort(reason), deadlineMs)
  try {
    return await work(AbortSignal.any([deadline.signal, ...(signal === undefined ? [] : [signal])]))
  } finally {
    clearTimeout(timer)
  }
}

/** Docker Hub's name for people is not its registry's. */
const aliases = new Map([['docker.io', 'registry-1.docker.io']])

function toLimits(options: RegistryClientOptions): WireLimits {
  return {
    timeoutMs: options.timeoutMs ?? 30_000,
    maxBytes: options.maxBytes ?? 64 * 1024 * 1024,
    maxListItems: options.maxListItems ?? 20_000,
    chunkBytes: Math.max(1, options.chunkBytes ?? 8 * 1024 * 1024),
    resumes: options.resumes ?? 5,
  }
}

function toOrigin(registry: string): string {
  const hasScheme = /^https?:\/\//.test(registry)
  const url = URL.parse(hasScheme ? registry : `https://${registry}`)
  if (url === null || url.pathname !== '/' || url.username !== '' || url.search !== '') {
    throw new TypeError(`${JSON.stringify(registry)} is no host or origin of a registry.`)
  }
  if (!hasScheme && isLoopbackHost(url.hostname)) return `http://${url.host}`
  return url.origin
}

function toNpmBase(address: string): string {
  const url = URL.parse(address)
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === ''
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
  throw new TypeError(`${JSON.stringify(address)} is no address of an npm registry.`)
}

function credentialsOf(auth: RegistryClientOptions['auth'], ownHost: string): FindCredentials {
  if (typeof auth === 'function') return auth
  return (host) => (host === ownHost ? auth : undefined)
}

/** @see Docker Registry token scope specification */
function scopeOf(repository: string, action: 'pull' | 'push' | 'delete' | 'catalog'): string {
  if (action === 'catalog') return 'registry:catalog:*'
  const actions = { pull: 'pull', push: 'pull,push', delete: 'pull,delete' }
  return `repository:${repository}:${actions[action]}`
}

const systemClock: RegistryClock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const stop = (): void => {
        clearTimeout(timer)
        reject(signal.reason as Error)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, ms)
      return signal.addEventListener('abort', stop, { once: true })
    }),
}
