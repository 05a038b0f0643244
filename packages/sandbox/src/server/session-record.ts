import type { Engine, EngineCreateOptions, SessionRecord } from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'
import {
  DEFAULT_IDLE_TIMEOUT_MINUTES,
  DEFAULT_MAX_LIFETIME_MINUTES,
  DEFAULT_MEMORY_LIMIT_MB,
} from '../protocol/limits.ts'
import type { SessionCreateParams } from '../protocol/methods.ts'
import { chooseRuntime } from './languages.ts'
import type { SessionsLimits, SessionsPorts } from './sessions.ts'

const MB = 1024 * 1024
const DEFAULT_RANGE = { min: 16 * MB, max: 2048 * MB }

const checkMemory = (engine: Engine, memoryLimitMB: number): number => {
  const { min, max } = engine.memoryRangeBytes ?? DEFAULT_RANGE
  const bytes = Math.floor(memoryLimitMB * MB)
  if (bytes >= min && bytes <= max) return bytes
  const message = `memoryLimitMB must be from ${min / MB} to ${max / MB} on engine ${engine.name}.`
  const details = { pointer: '/memoryLimitMB', minimum: min / MB, maximum: max / MB }
  throw new SandboxError('INVALID_PARAMS', message, { details })
}

/** Builds the record of a session that is about to be made; throws what is wrong with the parameters. */
export const toRecord = (
  params: SessionCreateParams,
  ports: SessionsPorts,
  limits: SessionsLimits,
): SessionRecord => {
  const { engine, runtime } = chooseRuntime(ports.engines, params)
  const now = ports.clock.now()
  return {
    sessionId: ports.newSessionId(),
    engine: engine.name,
    language: runtime.language,
    createdAtMs: now,
    lastActivityMs: now,
    executionCount: 0,
    idleTimeoutMinutes: params.idleTimeoutMinutes ?? DEFAULT_IDLE_TIMEOUT_MINUTES,
    maxLifetimeMinutes: params.maxLifetimeMinutes ?? DEFAULT_MAX_LIFETIME_MINUTES,
    memoryLimitBytes: checkMemory(engine, params.memoryLimitMB ?? DEFAULT_MEMORY_LIMIT_MB),
    diskLimitBytes: limits.diskLimitBytes,
    inodeLimit: limits.inodeLimit,
  }
}

/** What an engine is told of a session. */
export const toEngineOptions = (record: SessionRecord): EngineCreateOptions => ({
  sessionId: record.sessionId,
  language: record.language,
  memoryLimitBytes: record.memoryLimitBytes,
  diskLimitBytes: record.diskLimitBytes,
  inodeLimit: record.inodeLimit,
})
