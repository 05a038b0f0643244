import { expect, test } from 'vitest'
import * as client from '../src/client/index.ts'
import * as main from '../src/index.ts'
import * as protocol from '../src/protocol/index.ts'
import * as testing from '../src/testing/index.ts'

// A new export is a decision: add it here on purpose.

test('the main entry exports these names', () => {
  expect(Object.keys(main).sort()).toEqual([
    'DEFAULT_LIMITS',
    'SandboxError',
    'createApiKeyAuthenticator',
    'createFileExecutionStore',
    'createFileSessionStore',
    'createMemoryExecutionStore',
    'createMemorySessionStore',
    'createSandboxServer',
  ])
})

test('./client exports these names', () => {
  expect(Object.keys(client).sort()).toEqual([
    'SandboxError',
    'connectSandbox',
    'createSandboxClient',
  ])
})

test('./testing exports these names', () => {
  expect(Object.keys(testing).sort()).toEqual([
    'createFakeEngine',
    'createManualClock',
    'createMemoryTransportPair',
  ])
})

test('./protocol exports these names', () => {
  expect(Object.keys(protocol).sort()).toEqual([
    'CLOSE_UNAUTHENTICATED',
    'DEFAULT_IDLE_TIMEOUT_MINUTES',
    'DEFAULT_MAX_LIFETIME_MINUTES',
    'DEFAULT_MEMORY_LIMIT_MB',
    'DEFAULT_PARSE_LIMITS',
    'DEFAULT_PORT',
    'DEFAULT_TIMEOUT_MS',
    'ENDPOINT_PATH',
    'ERROR_NUMBERS',
    'KEY_SUBPROTOCOL_PREFIX',
    'MAX_LIFETIME_MINUTES',
    'MAX_TIMEOUT_MS',
    'PROTOCOL_VERSION',
    'SUBPROTOCOL',
    'SandboxError',
    'WORKSPACE',
    'codeOfNumber',
    'createOpenRpcDocument',
    'formatBatch',
    'formatError',
    'formatNotification',
    'formatRequest',
    'formatResult',
    'fromBase64',
    'isBase64',
    'isMethodName',
    'isWireError',
    'parseCommand',
    'parseIncoming',
    'parseParams',
    'parseServerMessages',
    'toBase64',
    'toBase64Url',
  ])
})
