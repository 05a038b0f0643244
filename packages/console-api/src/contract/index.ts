// Data
export { HTTP_METHODS } from './models.ts'
export type {
  ExecutionLog,
  ExecutionSummary,
  ExecutionTrigger,
  FunctionActivity,
  FunctionConfig,
  FunctionStatus,
  FunctionSummary,
  HttpMethod,
  LogLevel,
  LogsResponse,
  LogSummaries,
  LokiLogEntry,
  LokiLogsResponse,
  PrometheusMetricsResponse,
  PrometheusTimeseriesPoint,
  RuntimeInfo,
  RuntimesResponse,
  TruncatedPart,
  Workspace,
} from './models.ts'
// Request bodies
export type {
  CreateFunctionRequest,
  CreateWorkspaceRequest,
  DraftRequest,
  DraftRunRequest,
  InvokeRequest,
  UpdateFunctionRequest,
  UpdateWorkspaceRequest,
} from './requests.ts'
// Limits, media type, paths
export { DEFAULT_RUNTIME, EXECUTION_MEDIA_TYPE, LIMITS } from './limits.ts'
export type { Limits } from './limits.ts'
export { paths } from './paths.ts'
// Code in Base64
export { decodeCode, encodeCode } from './code.ts'
// Errors
export { ApiError, parseApiError } from './errors.ts'
export type { ApiErrorInit, ErrorBody, ErrorCode } from './errors.ts'
// Live log
export { parseLogStreamEvent, parseServerSentEvents } from './log-stream.ts'
export type { LiveLine, LogStreamEvent, ServerSentEvent } from './log-stream.ts'
// Client
export { createConsoleClient } from './client.ts'
export type {
  CallOptions,
  ConsoleClient,
  ConsoleClientOptions,
  ExecutionRef,
  FunctionsClient,
  InvokeAnswer,
  LogQuery,
  LogStreamOptions,
} from './client.ts'
