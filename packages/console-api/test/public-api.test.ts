import { expect, test } from 'vitest'
import * as contract from '../src/contract/index.ts'
import * as main from '../src/index.ts'
import * as testing from '../src/testing/index.ts'

test('exports exactly these names', () => {
  expect(Object.keys(main).sort()).toEqual([
    'ConsoleApiError',
    'STATUS_OF',
    'TOTALS_KEPT_MS',
    'assertObjectKey',
    'createConsoleApi',
    'createFunctionHost',
    'createSystemClock',
    'openFileObjects',
    'openSqliteTables',
  ])
  expect(Object.keys(contract).sort()).toEqual([
    'ApiError',
    'DEFAULT_RUNTIME',
    'EXECUTION_MEDIA_TYPE',
    'HTTP_METHODS',
    'LIMITS',
    'createConsoleClient',
    'decodeCode',
    'encodeCode',
    'parseApiError',
    'parseLogStreamEvent',
    'parseServerSentEvents',
    'paths',
  ])
  expect(Object.keys(testing).sort()).toEqual([
    'answer',
    'createFakeRunner',
    'createManualClock',
    'createMemoryObjects',
    'createMemoryTables',
    'echo',
    'failure',
    'hang',
    'hangForever',
  ])
})
