import type { ErrorBody, ErrorCode } from './contract/index.ts'

/** HTTP status of each code. `ErrorCode` explains the codes. */
export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  VALIDATION_ERROR: 400,
  FORBIDDEN_ORIGIN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  FUNCTION_DISABLED: 409,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  BUSY: 429,
  CANCELLED: 499,
  EXECUTION_ERROR: 500,
  MEMORY_LIMIT: 500,
  CPU_LIMIT: 500,
  OUTPUT_LIMIT: 500,
  CREATE_ERROR: 500,
  READ_ERROR: 500,
  UPDATE_ERROR: 500,
  DELETE_ERROR: 500,
  INTERNAL_ERROR: 500,
  INVOCATION_ERROR: 503,
  SHUTTING_DOWN: 503,
  TIMEOUT: 504,
}

/** What a `ConsoleApiError` carries besides its code and message. */
export interface ConsoleApiErrorInit {
  readonly details?: Record<string, unknown>
  /** Response headers that belong to the error, e.g. `Allow`. */
  readonly headers?: Record<string, string>
  readonly cause?: unknown
}

/** The error class of this package; the API answers with its code, message and details. */
export class ConsoleApiError extends Error {
  override readonly name = 'ConsoleApiError'
  readonly code: ErrorCode
  readonly details: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(code: ErrorCode, message: string, init: ConsoleApiErrorInit = {}) {
    super(message, { cause: init.cause })
    this.code = code
    this.details = init.details ?? {}
    this.headers = init.headers ?? {}
  }

  /** HTTP status of the code. */
  get status(): number {
    return STATUS_OF[this.code]
  }

  toBody(): ErrorBody {
    return { error: { code: this.code, message: this.message, details: this.details } }
  }
}

/** A field that is wrong; `details.field` names it. */
export function invalid(
  field: string,
  message: string,
  details: Record<string, unknown> = {},
): ConsoleApiError {
  return new ConsoleApiError('VALIDATION_ERROR', message, { details: { field, ...details } })
}

export function notFound(what: string, id: string): ConsoleApiError {
  return new ConsoleApiError('NOT_FOUND', `${what} ${id} does not exist`, {
    details: { [what]: id },
  })
}
