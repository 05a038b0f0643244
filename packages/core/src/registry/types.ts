import type { FunctionSignature } from '../containers/types.ts'

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`

/** A hash that takes its input in pieces. */
export interface StreamingHash {
  update(bytes: Uint8Array): void
  /** The hash as lower-case hexadecimal digits; call it once, after the last piece. */
  digestHex(): string
}

/** Makes a SHA-256. */
export type CreateHash = () => StreamingHash

/** Time, so that tests need not wait. */
export interface RegistryClock {
  /** Milliseconds since 1970. */
  nowMs(): number
  /** Ends after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** What a store keeps apart: whole blobs by digest, parts of blobs, and what was pulled under which name. */
export type StoreArea = 'blobs' | 'partial' | 'entries'

/**
 * Where pulled bytes are kept. Names consist of `a-z`, `0-9` and `-`, at most 80 of them.
 *
 * A write is atomic: a reader, now or after a crash, finds the old bytes or the new ones and never a part.
 */
export interface RegistryStore {
  /** The bytes, or `undefined` when there are none of that name. */
  read(area: StoreArea, name: string): Promise<Uint8Array | undefined>
  write(area: StoreArea, name: string, bytes: Uint8Array): Promise<void>
  /** Removing what is not there is no error. */
  remove(area: StoreArea, name: string): Promise<void>
  /** All names of an area, in no order. */
  list(area: StoreArea): Promise<string[]>
}

/** What is known about a container. @see seed core-and-react, "고급 타입들" */
export interface ContainerMetadata {
  /** Repository in the client's own registry, or `host/repository`, package name, URL or path. */
  name: string
  /** Tag or package version; `0.0.0` where the source has none. */
  version: string
  description?: string
  author?: string
  license?: string
  repository?: string
  keywords?: string[]
  /** Bytes of the module. */
  size: number
  /** SHA-256 of the module, as `sha256:` and hexadecimal digits. */
  hash: string
  /** When it was built; when it was fetched, where the source does not tell. */
  createdAt: Date
  updatedAt: Date
  /** References of containers that this one needs. */
  dependencies?: string[]
  exports?: FunctionSignature[]
  /** Digest of the OCI manifest, to pin it: `name@digest`. Absent where there is no manifest. */
  digest?: string
}

/** What the author of a container says that it needs; the host decides what it gets. */
export interface ContainerPermissions {
  /** Imports, as `module.name`. */
  allowedImports?: string[]
  /** Host names. */
  network?: string[]
  /** WASI function names. */
  syscalls?: string[]
}

/** What the author of a container proposes as limits. */
export interface ContainerLimits {
  /** Bytes. */
  maxMemory?: number
  /** Milliseconds of CPU time for one call. */
  maxCpuTime?: number
}

/** A container to be pushed. @see seed core-and-react, `useContainerRegistry` */
export interface ContainerData {
  /** Repository, such as `team/math-utils`, or `host/repository`. */
  name: string
  /** Becomes the tag. Ranges match it when it is a semantic version. */
  version: string
  /** A core WebAssembly module. */
  bytes: Uint8Array
  description?: string
  author?: string
  license?: string
  repository?: string
  keywords?: string[]
  dependencies?: string[]
  exports?: FunctionSignature[]
  permissions?: ContainerPermissions
  limits?: ContainerLimits
  /** Default: the time of the push. */
  createdAt?: Date
}

/** A container at hand. */
export interface ResolvedContainer {
  bytes: Uint8Array<ArrayBuffer>
  metadata: ContainerMetadata
}

/** What names a container: a reference as text, or the module itself. */
export type ContainerSource = string | Uint8Array

/** The narrow port through which containers are loaded. */
export type ResolveContainer = (
  source: ContainerSource,
  signal?: AbortSignal,
) => Promise<ResolvedContainer>
