import type { ContainerData } from '../registry/types.ts'

/** Why a container cannot be run or pushed. */
export type ValidationErrorCode =
  /** No object, or a field of it, is of the type that `ContainerData` says. */
  | 'METADATA_INVALID'
  /** No registry accepts the name. */
  | 'NAME_INVALID'
  /** The version is no tag that a registry takes. */
  | 'VERSION_INVALID'
  /** A dependency is not written as a reference. */
  | 'DEPENDENCY_INVALID'
  /** A signature has an invalid name, parameter or type. */
  | 'SIGNATURE_INVALID'
  /** Two signatures of one name. */
  | 'SIGNATURE_DUPLICATE'
  /** A signature cannot be that of the module's function. */
  | 'SIGNATURE_MISMATCH'
  /** A signature names a function that the module does not export. */
  | 'EXPORT_MISSING'
  /** The bytes are not there, or not bytes. */
  | 'BYTES_MISSING'
  /** More bytes than allowed. */
  | 'SIZE_LIMIT'
  /** `size` is not the length of the bytes. */
  | 'SIZE_MISMATCH'
  /** `hash` is not the SHA-256 of the bytes. */
  | 'HASH_MISMATCH'
  /** The bytes are no WebAssembly module that this engine accepts. */
  | 'MODULE_INVALID'
  /** The module uses a proposal that cannot be limited. */
  | 'MODULE_UNSUPPORTED'
  /** The module exports names, or has sections, that belong to the host. */
  | 'RESERVED_NAME'
  /** The module's memory or table starts larger than any limit allows. */
  | 'MEMORY_LIMIT'
  /** The section `gaesup:abi` is unreadable or of another version. */
  | 'ABI_INVALID'
  /** The module imports what its ABI does not give and `permissions.allowedImports` does not name. */
  | 'IMPORT_UNDECLARED'
  /** A custom section is larger than allowed. */
  | 'SECTION_LIMIT'

/** What deserves a look, but does not prevent running or pushing. */
export type ValidationWarningCode =
  /** Ranges such as `^1.0.0` do not find the version. */
  | 'VERSION_NOT_SEMVER'
  /** A dependency is not pinned to a version or digest. */
  | 'DEPENDENCY_UNPINNED'
  /** The module exports a function that no signature describes, while others have one. */
  | 'EXPORT_UNDESCRIBED'
  /** The memory has no maximum of its own: only the host's limit holds. */
  | 'MEMORY_UNBOUNDED'
  /** The module runs code while it is instantiated. */
  | 'START_FUNCTION'
  /** A custom section makes the module much larger: debug information, or something hidden. */
  | 'SECTION_LARGE'
  /** `permissions` names an import that the module does not have. */
  | 'PERMISSION_UNUSED'
  /** `permissions.syscalls` lacks a WASI function that the module imports: it will answer `notcapable`. */
  | 'SYSCALL_UNDECLARED'

/**
 * An error that `validateContainer` found.
 *
 * @see seed core-and-react, "validateContainer"
 */
export interface ValidationError {
  readonly code: ValidationErrorCode
  readonly message: string
  /** Which part of the container, such as `exports[2].returnType`. */
  readonly path: string
}

/**
 * A warning of `validateContainer`.
 *
 * @see seed core-and-react, "validateContainer"
 */
export interface ValidationWarning {
  readonly code: ValidationWarningCode
  readonly message: string
  readonly path: string
}

/**
 * Result of `validateContainer`.
 *
 * @see seed core-and-react, "validateContainer"
 */
export interface ValidationResult {
  /** True when there are no errors. */
  valid: boolean
  errors: ValidationError[]
  warnings: ValidationWarning[]
}

/**
 * A container as it would be pushed. `hash` and `size`, which metadata of a registry has, are checked if they are
 * given.
 */
export type ContainerToValidate = ContainerData & {
  /** `sha256:` and hexadecimal digits, of the bytes. */
  readonly hash?: string
  /** Length of the bytes. */
  readonly size?: number
}

/** Limits of `validateContainer`. */
export interface ValidationLimits {
  /** Largest module in bytes. Default 128 MiB. */
  readonly maxBytes?: number
  /** Largest custom section in bytes. Default 16 MiB. */
  readonly maxSectionBytes?: number
}
