import { COMMAND_SCHEMAS } from './command-schemas.ts'
import {
  DEFAULT_IDLE_TIMEOUT_MINUTES,
  DEFAULT_MAX_LIFETIME_MINUTES,
  DEFAULT_MEMORY_LIMIT_MB,
  MAX_LIFETIME_MINUTES,
} from './limits.ts'
import type { MethodName } from './methods.ts'
import type { Schema } from './schema.ts'

/** How a method is described, and by what its parameters are checked. */
export interface MethodDescription {
  readonly summary: string
  /** Parameters in the order of a by-position call. */
  readonly params: Readonly<Record<string, Schema>>
  readonly required: readonly string[]
  readonly result: Schema
  /** True when members that are not listed are allowed. */
  readonly open?: boolean
}

const text = (description: string): Schema => ({
  type: 'string',
  description,
  minLength: 1,
  maxLength: 256,
})

const SESSION_ID = text('Id that session.create answered.')

const minutes = (description: string, value: number): Schema => ({
  type: 'number',
  description,
  exclusiveMinimum: 0,
  maximum: MAX_LIFETIME_MINUTES,
  default: value,
})

const shape = (properties: Readonly<Record<string, Schema['type']>>): Schema => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(properties).map(([key, type]) => [key, { type }])),
  required: Object.keys(properties),
  additionalProperties: true,
})

const SESSION = {
  sessionId: 'string',
  containerId: 'string',
  language: 'string',
  createdAt: 'string',
  state: 'string',
} as const

/** Every method by name. */
export const METHOD_DESCRIPTIONS: Readonly<Record<MethodName, MethodDescription>> = {
  'session.create': {
    summary: 'Starts a session: a container that keeps its files from command to command.',
    params: {
      language: text('Language or one of its aliases.'),
      idleTimeoutMinutes: minutes(
        'Minutes without a command until the session ends.',
        DEFAULT_IDLE_TIMEOUT_MINUTES,
      ),
      maxLifetimeMinutes: minutes(
        'Minutes until the session ends in any case.',
        DEFAULT_MAX_LIFETIME_MINUTES,
      ),
      memoryLimitMB: {
        type: 'number',
        description: "Memory of one command, MiB; the range is the engine's.",
        exclusiveMinimum: 0,
        default: DEFAULT_MEMORY_LIMIT_MB,
      },
      engine: text('Engine by name.'),
      runtime: text('Version of the language.'),
    },
    required: ['language'],
    result: shape({ ...SESSION, config: 'object', engine: 'string', runtime: 'string' }),
  },
  'session.execute': {
    summary: 'Runs one command in a session. Commands of one session run in the order they came.',
    params: {
      sessionId: SESSION_ID,
      command: {
        type: 'object',
        description: `One of ${Object.keys(COMMAND_SCHEMAS).join(', ')}; see components.schemas.`,
        additionalProperties: true,
      },
    },
    required: ['sessionId', 'command'],
    result: {
      type: 'object',
      properties: { success: { type: 'boolean' }, durationMs: { type: 'number' } },
      required: ['success', 'result', 'error', 'durationMs'],
      additionalProperties: true,
    },
  },
  'session.list': {
    summary: "Lists the caller's sessions.",
    params: {},
    required: [],
    result: shape({ count: 'integer', sessions: 'array' }),
  },
  'session.close': {
    summary: 'Ends a session at once; what runs in it is stopped.',
    params: { sessionId: SESSION_ID },
    required: ['sessionId'],
    result: shape({ sessionId: 'string', closed: 'boolean' }),
  },
  initialize: {
    summary: 'Tells what the server can do. Calling it is not needed.',
    params: {
      protocolVersion: text('Version the client was written for.'),
      clientInfo: { type: 'object', additionalProperties: true },
    },
    required: [],
    result: shape({
      protocolVersion: 'string',
      serverInfo: 'object',
      serverCapabilities: 'object',
    }),
    open: true,
  },
  'language.list': {
    summary: 'Lists the languages of every engine.',
    params: {},
    required: [],
    result: shape({ languages: 'array' }),
  },
  'rpc.discover': {
    summary: 'Answers this document.',
    params: {},
    required: [],
    result: { type: 'object', additionalProperties: true },
  },
  'execution.run': {
    summary:
      'Legacy: runs source text in a session of its own, and sends execution.* notifications.',
    params: {
      language: text('Language or one of its aliases.'),
      code: { type: 'string', description: 'Source text.' },
      timeout: { type: 'integer', description: 'Seconds.', minimum: 1, maximum: 300, default: 30 },
      memoryLimit: {
        type: 'number',
        description: "MiB; the range is the engine's.",
        exclusiveMinimum: 0,
        default: DEFAULT_MEMORY_LIMIT_MB,
      },
    },
    required: ['language', 'code'],
    result: shape({ executionId: 'string', status: 'string' }),
  },
  'execution.status': {
    summary: 'Legacy: how an execution stands, and its output once it has ended.',
    params: { executionId: text('Id that execution.run answered.') },
    required: ['executionId'],
    result: shape({ executionId: 'string', status: 'string' }),
  },
  '$/cancelRequest': {
    summary:
      'Cancels a request of this connection, which then answers CANCELLED. Meant as a notification.',
    params: { id: { type: 'string', description: 'Id of the request, a string or a number.' } },
    required: ['id'],
    result: shape({ cancelled: 'boolean' }),
  },
}
