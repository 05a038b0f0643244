import type { FunctionStatus, HttpMethod } from './models.ts'

/** Body of `POST /api/workspaces`. */
export interface CreateWorkspaceRequest {
  /** 1 to 100 characters after trimming. */
  name: string
  /** At most 1,000 characters. */
  description?: string
}

/** Only the given fields change; an empty description removes it. */
export interface UpdateWorkspaceRequest {
  name?: string
  description?: string
}

/** Body of `POST /api/workspaces/{ws}/functions`. */
export interface CreateFunctionRequest {
  /** 1 to 100 characters after trimming, no `/`, `\` or control characters, unique in the workspace. */
  name: string
  description?: string
  /** Default: `Python 3.12` where it is there, else the newest Python, else the first runtime. */
  runtime?: string
  /** MB, 128 to 1024, default 256. */
  memory?: number
  /** Seconds, 1 to 900, default 30. */
  timeout?: number
  /** At least one; default `["POST"]`. */
  httpMethods?: HttpMethod[]
  /** At most 64 names of letters, digits and `_`, 32 KB together. */
  environmentVariables?: Record<string, string>
  /** Strict Base64 of UTF-8 source, at most 1 MB decoded; see `encodeCode`. */
  code: string
}

/** Only the given fields change. */
export interface UpdateFunctionRequest {
  name?: string
  description?: string
  runtime?: string
  memory?: number
  timeout?: number
  httpMethods?: HttpMethod[]
  environmentVariables?: Record<string, string>
  code?: string
  status?: FunctionStatus
  /** Gets `http://` when it has no scheme; null removes it. */
  invocationUrl?: string | null
  /** ISO 8601 with or without offset (without: UTC); stored and given back in Korean time. */
  lastDeployed?: string | null
}

/** The request that a draft run hands to the function. */
export interface DraftRequest {
  /** Default: the first of the function's methods. */
  method?: HttpMethod
  /** Path with query, default `/`. */
  path?: string
  headers?: Record<string, string>
  /** Text body; left out: none. */
  body?: string
}

/** Body of `POST …/{fn}/draft-run`. */
export interface DraftRunRequest {
  /** Strict Base64 of the unsaved source. */
  code: string
  request?: DraftRequest
}

/** What the console's test panel may add to an invoke. */
export interface InvokeRequest {
  /** Default: POST where the function allows it, else its first method. */
  method?: HttpMethod
  /** Path with query that the function sees, default `/`. */
  path?: string
  /** Extra request headers. */
  headers?: Record<string, string>
  /** Sent as it is when it is a string or bytes, else as JSON. */
  body?: unknown
}
