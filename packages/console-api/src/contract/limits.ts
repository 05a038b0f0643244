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

/** Every limit that the API enforces on what it is sent; the console shows them beside its fields. */
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

/** What a function gets that names no runtime, where the machine has it. */
export const DEFAULT_RUNTIME = 'Python 3.12'

/** Ask for this with `Accept` on an invoke to get the {@link ExecutionLog} in place of the function's own answer. */
export const EXECUTION_MEDIA_TYPE = 'application/vnd.gaesup.execution+json'
