// The API
export { createConsoleApi } from './console-api.ts'
export type { ConsoleApi, ConsoleApiOptions, ConsoleApiPorts } from './console-api.ts'
export type { Fetch } from './executions/remote.ts'
export type { StreamLimits } from './http/stream-route.ts'
export type { RandomBytes } from './catalog/ids.ts'
// Errors
export { ConsoleApiError, STATUS_OF } from './errors.ts'
export type { ConsoleApiErrorInit } from './errors.ts'
// Running functions: the port, and the pool over it
export { createFunctionHost } from './host/function-host.ts'
export type {
  FunctionHost,
  FunctionHostOptions,
  FunctionHostPorts,
  FunctionTarget,
  HostActivity,
  HostOutcome,
  HostStats,
} from './host/types.ts'
export type {
  FunctionFailureCode,
  FunctionInstance,
  FunctionLogLine,
  FunctionMeasurement,
  FunctionOutcome,
  FunctionRequest,
  FunctionRunner,
  FunctionRuntime,
  FunctionSpec,
  InvokeOptions,
} from './ports.ts'
// Storage: the ports, and the adapters for one machine
export { openSqliteTables } from './storage/sqlite/open.ts'
export type { SqliteTablesOptions } from './storage/sqlite/open.ts'
export { openFileObjects } from './storage/file-objects.ts'
export { assertObjectKey } from './storage/objects.ts'
export type { Objects } from './storage/objects.ts'
export type { StorageHealth, StorageState } from './storage/watch.ts'
export { TOTALS_KEPT_MS } from './storage/tables.ts'
export type {
  CapturedBody,
  CpuMinute,
  ExecutionFacts,
  ExecutionHead,
  ExecutionPlaces,
  ExecutionRecord,
  ExecutionScope,
  ExecutionTable,
  FunctionPatch,
  FunctionRow,
  FunctionTable,
  Retention,
  StoredExecution,
  Tables,
  UpdateResult,
  WindowTotals,
  WorkspacePatch,
  WorkspaceRow,
  WorkspaceTable,
} from './storage/tables.ts'
// Time
export { createSystemClock } from './clock.ts'
export type { Clock } from './clock.ts'
