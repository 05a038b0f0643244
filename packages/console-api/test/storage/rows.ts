import type { ExecutionRecord, FunctionRow, WorkspaceRow } from '../../src/index.ts'

export const NOW: number = Date.UTC(2025, 11, 7, 3, 0, 30, 500)

export function workspaceRow(fields: Partial<WorkspaceRow> = {}): WorkspaceRow {
  return {
    id: 'ws-00000001',
    name: 'Production',
    description: null,
    createdAtMs: NOW,
    version: 1,
    ...fields,
  }
}

export function functionRow(fields: Partial<FunctionRow> = {}): FunctionRow {
  return {
    id: 'fn-00000001',
    workspaceId: 'ws-00000001',
    name: 'user-auth',
    description: null,
    runtime: 'Python 3.12',
    memoryMb: 256,
    timeoutSeconds: 30,
    httpMethods: ['POST'],
    environment: { SECRET: 'value' },
    codeKey: 'code/fn-00000001/abc',
    invocationUrl: null,
    status: 'active',
    lastModifiedMs: NOW,
    lastDeployedMs: null,
    version: 1,
    ...fields,
  }
}

export function record(fields: Partial<ExecutionRecord> = {}): ExecutionRecord {
  return {
    id: 'ex-1',
    functionId: 'fn-00000001',
    workspaceId: 'ws-00000001',
    startedAtMs: NOW,
    endedAtMs: NOW,
    durationMs: 10,
    cpuMs: 2,
    memoryBytes: 1024,
    queueMs: 0,
    coldStart: false,
    coldStartMs: 0,
    trigger: 'invoke',
    method: 'POST',
    path: '/',
    statusCode: 200,
    isError: false,
    failure: null,
    request: { encoding: 'text', value: '{"a":1}', truncated: false },
    response: null,
    lines: [{ stream: 'stdout', text: '안녕', atMs: NOW }],
    logsTruncated: false,
    ...fields,
  }
}
