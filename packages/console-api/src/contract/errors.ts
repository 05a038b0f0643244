/** Every code that this API answers with. */
export type ErrorCode =
  /** 400: a field is missing, unknown or wrong; `details.field` names it. */
  | 'VALIDATION_ERROR'
  /** 403: a page of another origin tried to change something; add it to `allowedOrigins`. */
  | 'FORBIDDEN_ORIGIN'
  /** 404: no such route, workspace, function or execution. */
  | 'NOT_FOUND'
  /** 405: the function does not take this method; `Allow` lists those it does. */
  | 'METHOD_NOT_ALLOWED'
  /** 409: the name is taken in this workspace. */
  | 'CONFLICT'
  /** 409: the function is switched off; set its status to `active`. */
  | 'FUNCTION_DISABLED'
  /** 412: `If-Match` names an older version; read again and retry. */
  | 'PRECONDITION_FAILED'
  /** 413: the body is larger than `details.limitBytes`. */
  | 'PAYLOAD_TOO_LARGE'
  /** 415: the body is not `application/json`. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** 429: the queue or the number of streams is full; retry after `Retry-After` seconds. */
  | 'BUSY'
  /** 499: the caller went away before the answer; never seen by that caller. */
  | 'CANCELLED'
  /** 500: the function raised, did not load, or has no handler; `details.traceback`. */
  | 'EXECUTION_ERROR'
  /** 500: the function used more memory than its limit. */
  | 'MEMORY_LIMIT'
  /** 500: the function used more CPU than its limit. */
  | 'CPU_LIMIT'
  /** 500: the function printed or answered more than it may. */
  | 'OUTPUT_LIMIT'
  /** 500: something could not be stored; the platform's owner can look into it. */
  | 'CREATE_ERROR'
  | 'READ_ERROR'
  | 'UPDATE_ERROR'
  | 'DELETE_ERROR'
  | 'INTERNAL_ERROR'
  /** 503: the function could not be reached or its instance died. */
  | 'INVOCATION_ERROR'
  /** 503: the server is shutting down. */
  | 'SHUTTING_DOWN'
  /** 504: the function ran longer than its timeout. */
  | 'TIMEOUT'

/** The body of every answer that is not a success. */
export interface ErrorBody {
  error: {
    code: ErrorCode
    message: string
    details: Record<string, unknown>
  }
}

/** What an `ApiError` is made of. */
export interface ApiErrorInit {
  /** An {@link ErrorCode}, or `NETWORK_ERROR` / `BAD_RESPONSE` for what never came from this API. */
  readonly code: ErrorCode | 'NETWORK_ERROR' | 'BAD_RESPONSE'
  readonly message: string
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  readonly details?: Record<string, unknown>
  readonly cause?: unknown
}

/** Thrown by the client: the error of the API, or `NETWORK_ERROR` / `BAD_RESPONSE` without one. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiErrorInit['code']
  readonly status: number
  readonly details: Record<string, unknown>

  constructor(init: ApiErrorInit) {
    super(init.message, { cause: init.cause })
    this.code = init.code
    this.status = init.status
    this.details = init.details ?? {}
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Parses an error body; one that does not have the shape of this API becomes `BAD_RESPONSE`. */
export function parseApiError(status: number, body: unknown): ApiError {
  const error = isRecord(body) ? body['error'] : undefined
  if (
    isRecord(error) &&
    typeof error['code'] === 'string' &&
    typeof error['message'] === 'string'
  ) {
    return new ApiError({
      code: error['code'] as ErrorCode,
      message: error['message'],
      status,
      details: isRecord(error['details']) ? error['details'] : {},
    })
  }
  return new ApiError({
    code: 'BAD_RESPONSE',
    message: `the server answered ${String(status)} without an error body`,
    status,
  })
}
