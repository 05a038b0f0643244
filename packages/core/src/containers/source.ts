import { digestOf } from '../abi/digest.ts'
import { ContainerError, RegistryError } from '../errors.ts'
import { raceAbort } from './race-abort.ts'
import { compileSource, type ScriptPorts, type ScriptSource } from './script-source.ts'

/** What a resolver gives: bytes, or bytes and what they are, as a registry client does. */
export type Resolved =
  | Uint8Array
  | { readonly bytes: Uint8Array; readonly metadata?: { readonly version?: string } }

/** Gets the bytes of a `name:version`. Throws what it likes; it is wrapped as `REGISTRY_FAILED`. */
export type Resolve = (reference: string, options: { signal: AbortSignal }) => Promise<Resolved>

export interface SourcePorts extends ScriptPorts {
  readonly resolve: Resolve | undefined
  /** Whether addresses go to `resolve` as well. */
  readonly resolvesUrls: boolean
  readonly fetch: typeof fetch
  readonly networkTimeoutMs: number
}

/** A module: a reference as text, its bytes, or a script to be compiled. */
export type ContainerSource = string | Uint8Array | ScriptSource

/** Bytes of a module and what they are called. */
export interface Source {
  readonly name: string
  readonly version: string
  /** The name without its version, the whole URL, or the digest of bytes without a name. */
  readonly stateKey: string
  readonly bytes: Uint8Array
  /** `sha256:` and hex. */
  readonly digest: string
}

const maxModuleBytes = 256 << 20

/**
 * Loads a module: its bytes, a `file:` or `https:` URL (`http:` from this machine only; a fragment `#sha256:…` pins it), or a `name:version` through the
 * resolver. Throws `RegistryError` (`REGISTRY_FAILED`, `INTEGRITY`) and `ContainerError` (`ABORTED`).
 */
export async function loadSource(
  source: ContainerSource,
  ports: SourcePorts,
  signal: AbortSignal,
): Promise<Source> {
  if (typeof source !== 'string') {
    if (!isBytes(source)) return compileSource(source, ports, signal)
    // A copy, also of a `Buffer`, whose `slice` is none: what is changed later is not what was checked.
    const bytes = new Uint8Array(source)
    const digest = await digestOf(bytes)
    return { name: 'module', version: digest.slice(0, 19), stateKey: digest, bytes, digest }
  }
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ports.networkTimeoutMs)])
    const loaded = await loadReference(source, ports, limit)
    return { ...loaded, digest: await digestOf(loaded.bytes) }
  } catch (cause) {
    if (cause instanceof ContainerError) throw cause
    if (signal.aborted) throw new ContainerError('The start was aborted.', 'ABORTED', { cause })
    const reason = isTimeout(cause)
      ? `it took longer than networkTimeout (${ports.networkTimeoutMs} ms)`
      : messageOf(cause)
    throw new RegistryError(`"${source}" could not be loaded: ${reason}.`, 'REGISTRY_FAILED', {
      reference: source,
      cause,
    })
  }
}

async function loadReference(
  reference: string,
  ports: SourcePorts,
  signal: AbortSignal,
): Promise<Omit<Source, 'digest'>> {
  const named = nameOf(reference)
  // A client of the caller's has rules of its own for addresses: hosts, signatures, whether files are read.
  if (isUrl.test(reference) && !ports.resolvesUrls)
    return { ...named, bytes: await loadUrl(reference, ports.fetch, signal) }
  if (ports.resolve === undefined)
    failed(
      reference,
      'a name needs "registry" in the manager’s configuration, and a path is given as a file: URL',
    )
  // A resolver may not heed its signal.
  const resolved = await raceAbort(ports.resolve(reference, { signal }), signal)
  const { bytes, metadata } = isBytes(resolved) ? { bytes: resolved } : resolved
  if (!isBytes(bytes)) return failed(reference, 'the resolver gave no bytes')
  return { ...named, version: metadata?.version ?? named.version, bytes }
}

const isUrl = /^(?:file|https?):/i

async function loadUrl(
  reference: string,
  fetchIt: typeof fetch,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const url = new URL(reference)
  const bytes = await (url.protocol === 'file:'
    ? readFile(url, signal)
    : (await import('./download.ts')).download(reference, {
        fetch: fetchIt,
        signal,
        maxBytes: maxModuleBytes,
      }))
  const pin = url.hash.slice(1)
  if (pin === '' || pin === (await digestOf(bytes))) return bytes
  throw new RegistryError(
    `"${reference}" gave other bytes than its fragment names: #sha256:… pins a module.`,
    'INTEGRITY',
    { reference },
  )
}

/** Also those of another window or context, which are no `instanceof Uint8Array` here. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Reflect.get(value, Symbol.toStringTag) === 'Uint8Array'
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:fs/promises'): {
    readFile(path: URL, options: { signal: AbortSignal }): Promise<Uint8Array>
    stat(path: URL): Promise<{ readonly size: number; isFile(): boolean }>
  }
}

async function readFile(url: URL, signal: AbortSignal): Promise<Uint8Array> {
  const { process } = globalThis as { process?: NodeProcess }
  const files = process?.getBuiltinModule?.('node:fs/promises')
  if (files === undefined) return failed(url.href, 'files can be read in Node only')
  const found = await files.stat(url)
  if (!found.isFile()) return failed(url.href, 'it is no file')
  if (found.size > maxModuleBytes)
    return failed(url.href, `it is larger than ${maxModuleBytes} bytes`)
  return new Uint8Array(await files.readFile(url, { signal }))
}

function nameOf(reference: string): Omit<Source, 'digest' | 'bytes'> {
  if (isUrl.test(reference)) return nameOfUrl(reference)
  const [, file, npmVersion, path] = npmPattern.exec(reference) ?? []
  const { name, version } =
    file === undefined
      ? splitName(reference)
      : { name: `${file}/${path}`, version: npmVersion ?? 'latest' }
  return { name, version, stateKey: name }
}

/** A package has several modules, each with a state of its own. */
const npmPattern = /^(npm:(?:@[^/@]+\/)?[^/@]+)@([^/]+)\/(.+)$/

function splitName(reference: string): { name: string; version: string } {
  const at = reference.lastIndexOf('@')
  if (at > 0) return { name: reference.slice(0, at), version: reference.slice(at + 1) }
  const colon = reference.lastIndexOf(':')
  // A colon before the last slash is a port.
  if (colon <= reference.lastIndexOf('/')) return { name: reference, version: 'latest' }
  return { name: reference.slice(0, colon), version: reference.slice(colon + 1) }
}

function nameOfUrl(url: string): { name: string; version: string; stateKey: string } {
  const { pathname } = new URL(url)
  const file = pathname.split('/').at(-1) ?? ''
  const stateKey = url.replace(/#.*$/s, '')
  return { name: file.replace(/\.wasm$/, '') || 'module', version: 'latest', stateKey }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError'
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/\.$/, '')
}

function failed(reference: string, reason: string): never {
  throw new RegistryError(`"${reference}" could not be loaded: ${reason}.`, 'REGISTRY_FAILED', {
    reference,
  })
}
