const segment = (value: string): string => encodeURIComponent(value)

const workspace = (workspaceId: string): string => `/api/workspaces/${segment(workspaceId)}`

const fn = (workspaceId: string, functionId: string): string =>
  `${workspace(workspaceId)}/functions/${segment(functionId)}`

/** Every path of the API, from the root of the server, with its parts escaped. */
export const paths: {
  openapi(): string
  runtimes(): string
  workspaces(): string
  workspace(workspaceId: string): string
  workspaceLogs(workspaceId: string): string
  functions(workspaceId: string): string
  function(workspaceId: string, functionId: string): string
  invoke(workspaceId: string, functionId: string): string
  draftRun(workspaceId: string, functionId: string): string
  functionLogs(workspaceId: string, functionId: string): string
  functionLog(workspaceId: string, functionId: string, executionId: string): string
  activity(workspaceId: string, functionId: string): string
  logStream(workspaceId: string, functionId: string): string
  lokiLogs(functionId: string): string
  metrics(functionId: string): string
  /** The function's own public address; `path` starts with `/`. */
  passthrough(workspaceId: string, functionName: string, path?: string): string
} = {
  openapi: () => '/api/openapi.json',
  runtimes: () => '/api/runtimes',
  workspaces: () => '/api/workspaces',
  workspace,
  workspaceLogs: (workspaceId) => `${workspace(workspaceId)}/logs`,
  functions: (workspaceId) => `${workspace(workspaceId)}/functions`,
  function: fn,
  invoke: (workspaceId, functionId) => `${fn(workspaceId, functionId)}/invoke`,
  draftRun: (workspaceId, functionId) => `${fn(workspaceId, functionId)}/draft-run`,
  functionLogs: (workspaceId, functionId) => `${fn(workspaceId, functionId)}/logs`,
  functionLog: (workspaceId, functionId, executionId) =>
    `${fn(workspaceId, functionId)}/logs/${segment(executionId)}`,
  activity: (workspaceId, functionId) => `${fn(workspaceId, functionId)}/activity`,
  logStream: (workspaceId, functionId) => `${fn(workspaceId, functionId)}/logs/stream`,
  lokiLogs: (functionId) => `/api/functions/${segment(functionId)}/loki-logs`,
  metrics: (functionId) => `/api/functions/${segment(functionId)}/metrics`,
  passthrough: (workspaceId, functionName, path = '/') =>
    `/fn/${segment(workspaceId)}/${segment(functionName)}${path}`,
}
