import {
  encodeCode,
  type ExecutionLog,
  type ExecutionSummary,
  type FunctionConfig,
  type Workspace,
} from '@gaesup-state/console-api/contract'

export const workspace: Workspace = {
  id: 'ws-aaaaaaaa',
  name: 'Production',
  description: 'Customer facing',
  createdAt: '2026-11-20T12:00:00+09:00',
  functionCount: 1,
  invocations24h: 40,
  errorRate: 2.5,
}

export const fn: FunctionConfig = {
  id: 'fn-bbbbbbbb',
  workspaceId: workspace.id,
  name: 'user-auth',
  description: 'Signs people in',
  runtime: 'Python 3.12',
  memory: 256,
  timeout: 30,
  httpMethods: ['POST'],
  environmentVariables: { REGION: 'seoul' },
  code: encodeCode('def handler(event):\n    return {"인사": "안녕"}\n'),
  status: 'active',
  lastModified: '2026-11-20T12:00:00+09:00',
  invocations24h: 40,
  errors24h: 1,
  avgDuration: 12.5,
}

export const failedRun: ExecutionLog = {
  id: 'run-1',
  functionId: fn.id,
  timestamp: '2026-11-21T09:00:00+09:00',
  status: 'error',
  duration: 31,
  statusCode: 500,
  requestBody: { name: 'mina' },
  logs: ['before the fault'],
  level: 'error',
  method: 'POST',
  path: '/orders?id=7',
  trigger: 'invoke',
  coldStart: true,
  coldStartMs: 120,
  queueMs: 0,
  cpuMs: 8,
  memoryBytes: 20_000_000,
  truncated: ['logs'],
  error: {
    code: 'EXECUTION_ERROR',
    message:
      'Traceback (most recent call last):\n  File "/function/main.py", line 3, in handler\n    1/0\nZeroDivisionError: division by zero',
  },
}

export const failedRunSummary: ExecutionSummary = {
  id: failedRun.id,
  functionId: failedRun.functionId,
  timestamp: failedRun.timestamp,
  status: failedRun.status,
  duration: failedRun.duration,
  statusCode: failedRun.statusCode,
  level: failedRun.level,
  method: failedRun.method,
  path: failedRun.path,
  trigger: failedRun.trigger,
  errorCode: 'EXECUTION_ERROR',
  lastLine: 'before the fault',
}
