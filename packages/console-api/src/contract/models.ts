/** A folder of functions with its numbers of the last 24 hours. */
export interface Workspace {
  /** `ws-` and 8 characters. */
  id: string
  name: string
  description?: string
  /** ISO 8601 in Korean time, e.g. `2025-12-07T12:00:00+09:00`. */
  createdAt: string
  functionCount: number
  /** Executions that ended within the last 24 hours; the window moves with every request. */
  invocations24h: number
  /** `errors24h / invocations24h * 100`, 0 when nothing ran. */
  errorRate: number
}

/** Whether a function may be called; a disabled one answers `FUNCTION_DISABLED`. */
export type FunctionStatus = 'active' | 'disabled'

/** What a function may be called with. */
export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const

/** A method of `HTTP_METHODS`. */
export type HttpMethod = (typeof HTTP_METHODS)[number]

/** A function with its code, its limits and its numbers of the last 24 hours. */
export interface FunctionConfig {
  /** `fn-` and 8 characters. */
  id: string
  workspaceId: string
  /** Unique within its workspace. */
  name: string
  description?: string
  /** One of `GET /api/runtimes`, e.g. `Python 3.12`. */
  runtime: string
  /** MB, 128 to 1024. */
  memory: number
  /** Seconds, 1 to 900. */
  timeout: number
  httpMethods: HttpMethod[]
  environmentVariables: Record<string, string>
  /** Source text in UTF-8, Base64 encoded; see `decodeCode`. */
  code: string
  invocationUrl?: string | null
  status: FunctionStatus
  /** ISO 8601 in Korean time. */
  lastModified: string
  /** ISO 8601 in Korean time. */
  lastDeployed?: string | null
  invocations24h: number
  errors24h: number
  /** Mean duration of the executions of the last 24 hours, milliseconds; 0 when nothing ran. */
  avgDuration: number
}

/** A function as lists show it: without what may be large or secret. */
export type FunctionSummary = Omit<FunctionConfig, 'code' | 'environmentVariables'>

/** Severity of an execution. */
export type LogLevel = 'info' | 'warn' | 'error'

/** How an execution came about: the console's invoke, the public address, or unsaved code. */
export type ExecutionTrigger = 'invoke' | 'http' | 'draft'

/** Which parts of an execution were longer than what is kept. */
export type TruncatedPart = 'requestBody' | 'responseBody' | 'logs'

/** One execution of a function. The fields after `level` are additions to the seed's shape. */
export interface ExecutionLog {
  id: string
  functionId: string
  /** When it started, ISO 8601 in Korean time. */
  timestamp: string
  /** `error` when the function failed, hit a limit, or answered with 500 or above. */
  status: 'success' | 'error'
  /** Milliseconds. */
  duration: number
  statusCode: number
  /** Parsed JSON, else text, else `{ base64 }` of bytes that are no text; only the first 8 KB are kept. */
  requestBody?: unknown
  /** As `requestBody`. */
  responseBody?: unknown
  /** What the function printed, in order; 256 KB are kept. */
  logs: string[]
  /** `error` as in `status`, `warn` for an answer of 400 to 499. */
  level: LogLevel
  method: string
  /** Path with query as the function saw it. */
  path: string
  trigger: ExecutionTrigger
  /** True when an instance had to be started for it. */
  coldStart: boolean
  /** How long that start took, milliseconds; 0 on a warm instance. Not part of `duration`. */
  coldStartMs: number
  /** Time in the queue before an instance was free or started, milliseconds. */
  queueMs: number
  cpuMs: number
  memoryBytes: number
  truncated: TruncatedPart[]
  /** Why it failed; `message` holds the traceback where there is one. */
  error?: { code: string; message: string }
}

/** Executions in a list, newest first. */
export interface LogsResponse {
  /** Newest first. */
  logs: ExecutionLog[]
  /** How many are stored in all. */
  total: number
}

/** An execution as lists show it; `GET …/logs/{id}` has the rest. */
export interface ExecutionSummary extends Pick<
  ExecutionLog,
  | 'id'
  | 'functionId'
  | 'timestamp'
  | 'status'
  | 'duration'
  | 'statusCode'
  | 'level'
  | 'method'
  | 'path'
  | 'trigger'
> {
  /** `error.code` of the execution. */
  errorCode?: string
  /** The beginning of what it printed last, at most 200 characters. */
  lastLine?: string
}

/** Executions in a list, without bodies and prints. */
export interface LogSummaries {
  /** Newest first. */
  logs: ExecutionSummary[]
  /** How many are stored in all. */
  total: number
}

/** What the calls of one function are doing at this moment, drafts included. */
export interface FunctionActivity {
  /** Calls that wait for an instance: there is one for each of them once others have ended. */
  waiting: number
  /** Instances that are being started for a call. */
  starting: number
  /** Calls that run. */
  running: number
}

/** An interpreter that the server has. */
export interface RuntimeInfo {
  /** The name to put into `FunctionConfig.runtime`. */
  runtime: string
  language: 'python' | 'javascript'
  /** Full version of the interpreter. */
  version: string
}

/** Answer of `GET /api/runtimes`. */
export interface RuntimesResponse {
  runtimes: RuntimeInfo[]
  /** What a function gets that names no runtime; null when there is no runtime at all. */
  default: string | null
}

/** A printed line, as Loki gives it. */
export interface LokiLogEntry {
  /** Nanoseconds since the epoch, as a string. */
  timestamp: string
  line: string
}

/** Answer of `GET /api/functions/{fn}/loki-logs`. */
export interface LokiLogsResponse {
  logs: LokiLogEntry[]
  total: number
  function_id: string
}

/** A value at a time. */
export interface PrometheusTimeseriesPoint {
  /** Unix seconds. */
  timestamp: number
  value: number
}

/** Answer of `GET /api/functions/{fn}/metrics`: CPU of the last 60 minutes. */
export interface PrometheusMetricsResponse {
  status: 'success' | 'partial'
  function_id: string
  data: {
    /** CPU seconds per second over the last minute. */
    cpu_total: number | null
    cpu_series: PrometheusTimeseriesPoint[]
    window_seconds: number
    instant_query: string
    range_query: string
    raw_instant?: Record<string, unknown>
    raw_range?: Record<string, unknown>
  }
}
