import type { FilesErrorCode } from './files/types.ts'

/** Why a call on containers failed. */
export type ContainerErrorCode =
  /** No container, function or version of that name. The caller can fix the name. */
  | 'NOT_FOUND'
  /** The container could not be brought up for a reason that `details` tells. */
  | 'STARTUP_FAILED'
  /** The asked-for runtime is not on this machine; install it or ask for another. */
  | 'RUNTIME_UNAVAILABLE'
  /** The bytes are no valid WebAssembly module. */
  | 'MODULE_INVALID'
  /** The module uses a proposal that cannot be limited yet, so it is refused instead of run without limits. */
  | 'MODULE_UNSUPPORTED'
  /** The module needs more memory than it may have. */
  | 'MEMORY_LIMIT'
  /** The wall-clock deadline passed. */
  | 'TIME_LIMIT'
  /** The CPU budget (fuel) is used up. */
  | 'CPU_LIMIT'
  /** Calls nest deeper than allowed. */
  | 'DEPTH_LIMIT'
  /** Something that is not allowed was asked for: an import, a system call, a host, a topic. */
  | 'FORBIDDEN'
  /** A module names its own parts as the limits' parts are named. */
  | 'RESERVED_NAME'
  /** A request of a container that may use the network got no answer. */
  | 'NETWORK_FAILED'
  /** A registry did not do what was asked. */
  | 'REGISTRY_FAILED'
  /** A registry wants other credentials, or none were given. */
  | 'REGISTRY_DENIED'
  /** A container reference, name or version is not written as one; the caller can fix it. */
  | 'REFERENCE_INVALID'
  /** More bytes came, or were announced, than the caller takes. */
  | 'SIZE_LIMIT'
  /** No signature by a key that the policy trusts. */
  | 'UNTRUSTED'
  /** The bytes are not the ones their digest or signature names. */
  | 'INTEGRITY'
  /** Source code did not compile; `details` are the diagnostics. */
  | 'COMPILATION_FAILED'
  /** An argument of a call is nothing that can be passed; `details.path` is where it stands. Nothing was called. The caller can fix it. */
  | 'ARGUMENT_INVALID'
  /** `callSync` cannot give a result at once; the message and `details.reason` say why. Nothing was called. The caller can use `call`. */
  | 'WOULD_WAIT'
  /** The call was aborted by its signal. */
  | 'ABORTED'
  /** The module trapped by its own doing: unreachable code, a bad address, a division by zero. Its author can fix it. */
  | 'TRAPPED'
  /** The module reported an error of its own; the message is the module's. */
  | 'GUEST_FAILED'
  /** A function or store that the host gave threw; `cause` is what it threw. */
  | 'HOST_FAILED'
  /** The container is stopped, or is being stopped. Run it again. */
  | 'STOPPED'
  /** As many containers or queued calls as allowed are there already. Stop some, or raise the limit. */
  | 'CAPACITY'
  /** The worker or process that ran the container is gone, and its state with it. Restart the container. */
  | 'RUNTIME_LOST'
  /** The container cannot be copied as it is; the message says which part of it. */
  | 'SNAPSHOT_UNSUPPORTED'
  /** A call on virtual files was refused; the error is a `FilesError`. */
  | FilesErrorCode

/** Any text, for errors of others in this shape; editors still offer the known codes. */
type OwnCode = string & Record<never, never>

/**
 * Root of every error that containers throw on purpose.
 *
 * @see seed core-and-react, "Error Types"
 */
export class ContainerError extends Error {
  override readonly name: string = 'ContainerError'
  /** One of `ContainerErrorCode` where this package threw it. */
  readonly code: ContainerErrorCode | OwnCode
  /** Which container it was about: the one whose call failed, else `details.containerId`, where given. */
  declare readonly containerId?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
  declare readonly details?: any

  /** @param details what a program can use to react; its `containerId` and `cause` become those of the error */
  constructor(message: string, code: ContainerErrorCode | OwnCode, details?: unknown) {
    const { cause, containerId } = (
      typeof details === 'object' && details !== null ? details : {}
    ) as Record<string, unknown>
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    if (details !== undefined) this.details = details
    if (typeof containerId === 'string') this.containerId = containerId
  }
}

/** No such container, version or function. */
export class ContainerNotFoundError extends ContainerError {
  override readonly name = 'ContainerNotFoundError'
}

/** A container could not be brought up: bad or unsupported bytes, an absent runtime. */
export class ContainerStartupError extends ContainerError {
  override readonly name = 'ContainerStartupError'
}

/** The memory limit was passed, or cannot be kept. */
export class ContainerMemoryError extends ContainerError {
  override readonly name = 'ContainerMemoryError'
}

/** A time, CPU or depth limit ended a call. */
export class ContainerTimeoutError extends ContainerError {
  override readonly name = 'ContainerTimeoutError'
}

/** Something that is not allowed was tried. */
export class ContainerSecurityError extends ContainerError {
  override readonly name = 'ContainerSecurityError'
}

/** A registry refused, failed, or sent the wrong bytes. */
export class RegistryError extends ContainerError {
  override readonly name = 'RegistryError'
}

/** Source code did not compile. */
export class CompilationError extends ContainerError {
  override readonly name = 'CompilationError'
}
