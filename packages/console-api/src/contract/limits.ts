interface Range {
  readonly min: number
  readonly max: number
  readonly default: number
}

/** The shape of {@link LIMITS}. */
export interface Limits {
  readonly nameLength: number
  readonly descriptionLength: number
  readonly memoryMb: Range
  readonly timeoutSeconds: Range
  /** Decoded source. */
  readonly codeBytes: number
  readonly environmentVariables: number
  /** Names and values together. */
  readonly environmentBytes: number
  readonly workspaceLogs: Range
  readonly functionLogs: Range
  readonly lokiLogs: Range
  /** Kept of each request and response body of an execution. */
  readonly capturedBodyBytes: number
  /** Kept of what one execution prints. */
  readonly capturedLogBytes: number
}

/** Every limit that the API enforces on requests; the console shows them beside its fields. */
export const LIMITS: Limits = {
  nameLength: 100,
  descriptionLength: 1000,
  memoryMb: { min: 128, max: 1024, default: 256 },
  timeoutSeconds: { min: 1, max: 900, default: 30 },
  codeBytes: 1_048_576,
  environmentVariables: 64,
  environmentBytes: 32_768,
  workspaceLogs: { min: 1, max: 500, default: 50 },
  functionLogs: { min: 1, max: 1000, default: 100 },
  lokiLogs: { min: 1, max: 1000, default: 100 },
  capturedBodyBytes: 8192,
  capturedLogBytes: 262_144,
}

/** Runtime of functions that name none, if the machine has it. */
export const DEFAULT_RUNTIME = 'Python 3.12'

/** Sent as `Accept` of an invoke, it asks for the {@link ExecutionLog} instead of the function's own answer. */
export const EXECUTION_MEDIA_TYPE = 'application/vnd.gaesup.execution+json'
