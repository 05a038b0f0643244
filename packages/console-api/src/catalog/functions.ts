import type {
  CreateFunctionRequest,
  FunctionConfig,
  FunctionSummary,
  HttpMethod,
  UpdateFunctionRequest,
} from '../contract/index.ts'
import { LIMITS } from '../contract/index.ts'
import { ConsoleApiError, notFound } from '../errors.ts'
import type { FunctionPatch, FunctionRow, WindowTotals } from '../storage/tables.ts'
import {
  parseDescription,
  parseEnvironment,
  parseFunctionName,
  parseInvocationUrl,
  parseLastDeployed,
  parseRuntime,
} from './fields.ts'
import { createId } from './ids.ts'
import { createKeyedMutex } from './mutex.ts'
import { WINDOW_MS, type CatalogParts, type Versioned } from './parts.ts'
import { revisionOf, versionOf } from './revision.ts'
import { parseSource, readSource, sourceKey } from './source.ts'
import { toFunctionConfig, toFunctionSummary } from './views.ts'
import { expectUpdated, nameTaken } from './workspaces.ts'

/** Names one function under its workspace. */
export interface FunctionPath {
  readonly workspaceId: string
  readonly functionId: string
}

/** The functions of a workspace, oldest first, each part of them read when it is asked for. */
export interface FunctionList {
  readonly summaries: readonly FunctionSummary[]
  /** Differs whenever anything in the list differs. */
  readonly version: string
  /** With code and environment. */
  configs(): Promise<FunctionConfig[]>
}

export interface Functions {
  create(workspaceId: string, body: CreateFunctionRequest): Promise<Versioned<FunctionConfig>>
  list(workspaceId: string): Promise<FunctionList>
  get(path: FunctionPath): Promise<Versioned<FunctionConfig>>
  /** Changes the given fields; running calls end on the old revision, later ones see the new. */
  update(
    path: FunctionPath,
    body: UpdateFunctionRequest,
    ifVersion?: number,
  ): Promise<Versioned<FunctionConfig>>
  delete(path: FunctionPath): Promise<void>
  /** The stored row; rejects with NOT_FOUND. */
  find(path: FunctionPath): Promise<FunctionRow>
}

export function createFunctions(parts: CatalogParts): Functions {
  const { tables } = parts
  // A change of code writes the object, then the row, then drops the old object: two of one function must not interleave.
  const mutex = createKeyedMutex()
  const find: Functions['find'] = async ({ workspaceId, functionId }) => {
    const row = await tables.functions.get(functionId)
    if (row === null || row.workspaceId !== workspaceId) throw notFound('function', functionId)
    return row
  }
  return {
    find,
    create: (workspaceId, body) => create(parts, workspaceId, body),
    list: (workspaceId) => list(parts, workspaceId),
    get: async (path) => view(parts, await find(path)),
    update: (path, body, ifVersion) =>
      mutex.run(path.functionId, async () => update(parts, await find(path), { body, ifVersion })),
    delete: (path) =>
      mutex.run(path.functionId, async () => {
        await find(path)
        await tables.functions.delete(path.functionId)
        await parts.discard(path.functionId)
        await tables.purge()
      }),
  }
}

async function view(parts: CatalogParts, row: FunctionRow): Promise<Versioned<FunctionConfig>> {
  const { tables, clock } = parts
  const nowMs = clock.now()
  const totals = await tables.executions.totals({ functionId: row.id }, nowMs - WINDOW_MS, nowMs)
  return { value: toFunctionConfig(row, await readCode(parts, row), totals), version: row.version }
}

const NOTHING_RAN: WindowTotals = { invocations: 0, errors: 0, durationMs: 0 }

async function list(parts: CatalogParts, workspaceId: string): Promise<FunctionList> {
  const { tables, clock } = parts
  if ((await tables.workspaces.get(workspaceId)) === null) throw notFound('workspace', workspaceId)
  const rows = await tables.functions.list(workspaceId)
  const nowMs = clock.now()
  const ran = await tables.executions.totalsByFunction(workspaceId, nowMs - WINDOW_MS, nowMs)
  const totalsOf = (row: FunctionRow): WindowTotals => ran.get(row.id) ?? NOTHING_RAN
  const summaries = rows.map((row) => toFunctionSummary(row, totalsOf(row)))
  return {
    summaries,
    // What summaries leave out changes with the version of the row only.
    version: versionOf([summaries, rows.map((row) => row.version)]),
    configs: () =>
      Promise.all(
        rows.map(async (row) => toFunctionConfig(row, await readCode(parts, row), totalsOf(row))),
      ),
  }
}

async function readCode(
  { tables, objects }: Pick<CatalogParts, 'tables' | 'objects'>,
  row: FunctionRow,
): Promise<Uint8Array> {
  return (
    (await readSource(objects, row.codeKey)) ?? (await readChangedSource({ tables, objects }, row))
  )
}

/** The code of a function whose row was read just before a change of its code took the old object away. */
export async function readChangedSource(
  { tables, objects }: Pick<CatalogParts, 'tables' | 'objects'>,
  row: FunctionRow,
): Promise<Uint8Array> {
  const now = await tables.functions.get(row.id)
  if (now === null) throw notFound('function', row.id)
  const bytes = await readSource(objects, now.codeKey)
  if (bytes === null)
    throw new ConsoleApiError(
      'READ_ERROR',
      `the source of function ${row.id} is missing: save its code again`,
    )
  return bytes
}

async function create(
  parts: CatalogParts,
  workspaceId: string,
  body: CreateFunctionRequest,
): Promise<Versioned<FunctionConfig>> {
  const { tables, objects, runner, clock, random } = parts
  if ((await tables.workspaces.get(workspaceId)) === null) throw notFound('workspace', workspaceId)
  const source = parseSource(body.code)
  const id = createId('fn', random)
  const row: FunctionRow = {
    id,
    workspaceId,
    name: parseFunctionName(body.name),
    description: parseDescription(body.description ?? ''),
    runtime: parseRuntime(body.runtime, runner.runtimes()),
    memoryMb: body.memory ?? LIMITS.memoryMb.default,
    timeoutSeconds: body.timeout ?? LIMITS.timeoutSeconds.default,
    httpMethods: [...new Set<HttpMethod>(body.httpMethods ?? ['POST'])],
    environment: parseEnvironment(body.environmentVariables ?? {}),
    codeKey: sourceKey(id, source.bytes),
    invocationUrl: null,
    status: 'active',
    lastModifiedMs: clock.now(),
    lastDeployedMs: null,
    version: 1,
  }
  await objects.put(row.codeKey, source.bytes)
  const result = await tables.functions.insert(row)
  if (result === 'inserted') return view(parts, row)
  await objects.delete(row.codeKey)
  throw result === 'name-taken' ? nameTaken() : notFound('workspace', workspaceId)
}

async function update(
  parts: CatalogParts,
  row: FunctionRow,
  { body, ifVersion }: { body: UpdateFunctionRequest; ifVersion: number | undefined },
): Promise<Versioned<FunctionConfig>> {
  const { tables, objects, host } = parts
  const { code, ...rest } = body
  const source = code === undefined ? null : parseSource(code)
  const fields = toPatch(rest, parts)
  const codeKey = source === null ? row.codeKey : sourceKey(row.id, source.bytes)
  if (source !== null) await objects.put(codeKey, source.bytes)
  const result = await tables.functions.update(
    row.id,
    { ...fields, ...(source === null ? {} : { codeKey }), lastModifiedMs: parts.clock.now() },
    ifVersion,
  )
  const stale = result.kind === 'updated' ? row.codeKey : codeKey
  if (codeKey !== row.codeKey) await objects.delete(stale)
  const changed = expectUpdated(result, 'function', row.id)
  if (changed.status === 'disabled' || revisionOf(changed) !== revisionOf(row)) host.drain(row.id)
  return view(parts, changed)
}

function toPatch(
  body: Omit<UpdateFunctionRequest, 'code'>,
  { runner }: CatalogParts,
): FunctionPatch {
  const {
    name,
    description,
    runtime,
    memory,
    timeout,
    httpMethods,
    environmentVariables,
    status,
    invocationUrl,
    lastDeployed,
  } = body
  return {
    ...(name === undefined ? {} : { name: parseFunctionName(name) }),
    ...(description === undefined ? {} : { description: parseDescription(description) }),
    ...(runtime === undefined ? {} : { runtime: parseRuntime(runtime, runner.runtimes()) }),
    ...(memory === undefined ? {} : { memoryMb: memory }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    ...(httpMethods === undefined ? {} : { httpMethods: [...new Set(httpMethods)] }),
    ...(environmentVariables === undefined
      ? {}
      : { environment: parseEnvironment(environmentVariables) }),
    ...(status === undefined ? {} : { status }),
    ...(invocationUrl === undefined
      ? {}
      : { invocationUrl: invocationUrl === null ? null : parseInvocationUrl(invocationUrl) }),
    ...(lastDeployed === undefined
      ? {}
      : { lastDeployedMs: lastDeployed === null ? null : parseLastDeployed(lastDeployed) }),
  }
}
