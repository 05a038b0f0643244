import type { BashOptions } from 'just-bash'

type ExecutionLimits = NonNullable<BashOptions['executionLimits']>

const plenty = 1_000_000_000

/**
 * The library's own limits are set out of the way: time, output and disk are limited by whoever runs the guest. Depths
 * stay, because they protect the host's stack: a function that calls itself ends with an error.
 */
export const shellLimits = (memoryLimitBytes: number): ExecutionLimits => ({
  maxCommandCount: plenty,
  maxLoopIterations: plenty,
  maxAwkIterations: plenty,
  maxSedIterations: plenty,
  maxJqIterations: plenty,
  maxWorkUnits: plenty,
  maxTraversalEntries: plenty,
  maxTraversalWork: plenty,
  maxGlobOperations: plenty,
  maxQueryElements: plenty,
  maxAwkParserOperations: plenty,
  maxOutputSize: memoryLimitBytes,
  maxStringLength: memoryLimitBytes,
  maxHeredocSize: memoryLimitBytes,
  maxLiveBytes: memoryLimitBytes,
  maxInputBytes: memoryLimitBytes,
  maxExecutionTimeMs: 24 * 3_600_000,
  maxCallDepth: 200,
  maxSourceDepth: 100,
  maxSubstitutionDepth: 50,
  maxExecDepth: 64,
})
