import type {
  CreateWorkspaceRequest,
  UpdateWorkspaceRequest,
  Workspace,
} from '../contract/index.ts'
import { ConsoleApiError, notFound } from '../errors.ts'
import type { UpdateResult, WindowTotals, WorkspacePatch, WorkspaceRow } from '../storage/tables.ts'
import { parseDescription, parseName } from './fields.ts'
import { createId } from './ids.ts'
import { WINDOW_MS, type CatalogParts, type Versioned } from './parts.ts'
import { toWorkspace } from './views.ts'

export interface Workspaces {
  create(body: CreateWorkspaceRequest): Promise<Versioned<Workspace>>
  list(): Promise<Workspace[]>
  /** Rejects with NOT_FOUND, as the others do that take an id. */
  get(id: string): Promise<Versioned<Workspace>>
  update(
    id: string,
    body: UpdateWorkspaceRequest,
    ifVersion?: number,
  ): Promise<Versioned<Workspace>>
  /** Ends its functions' calls and removes them with their logs and code. */
  delete(id: string): Promise<void>
}

export function createWorkspaces(parts: CatalogParts): Workspaces {
  const { tables, clock, random } = parts
  const view = async (row: WorkspaceRow): Promise<Versioned<Workspace>> => {
    const nowMs = clock.now()
    const totals: WindowTotals = await tables.executions.totals(
      { workspaceId: row.id },
      nowMs - WINDOW_MS,
      nowMs,
    )
    return {
      value: toWorkspace(row, await tables.functions.count(row.id), totals),
      version: row.version,
    }
  }
  const find = async (id: string): Promise<WorkspaceRow> => {
    const row = await tables.workspaces.get(id)
    if (row === null) throw notFound('workspace', id)
    return row
  }
  return {
    async create(body) {
      const row: WorkspaceRow = {
        id: createId('ws', random),
        name: parseName(body.name),
        description: parseDescription(body.description ?? ''),
        createdAtMs: clock.now(),
        version: 1,
      }
      await tables.workspaces.insert(row)
      return view(row)
    },
    list: async () => {
      const views = await Promise.all((await tables.workspaces.list()).map(view))
      return views.map(({ value }) => value)
    },
    get: async (id) => view(await find(id)),
    async update(id, body, ifVersion) {
      const patch: WorkspacePatch = {
        ...(body.name === undefined ? {} : { name: parseName(body.name) }),
        ...(body.description === undefined
          ? {}
          : { description: parseDescription(body.description) }),
      }
      return view(
        expectUpdated(await tables.workspaces.update(id, patch, ifVersion), 'workspace', id),
      )
    },
    async delete(id) {
      const functionIds = await tables.workspaces.delete(id)
      if (functionIds === null) throw notFound('workspace', id)
      await Promise.all(functionIds.map((functionId) => parts.discard(functionId)))
      await tables.purge()
    },
  }
}

/** The changed row, or the error that the result stands for. */
export function expectUpdated<Row>(result: UpdateResult<Row>, what: string, id: string): Row {
  switch (result.kind) {
    case 'updated':
      return result.row
    case 'missing':
      throw notFound(what, id)
    case 'version-mismatch':
      throw new ConsoleApiError(
        'PRECONDITION_FAILED',
        `${what} ${id} was changed in the meantime: read it again`,
        { details: { [what]: id } },
      )
    case 'name-taken':
      throw nameTaken()
  }
}

export function nameTaken(): ConsoleApiError {
  return new ConsoleApiError(
    'CONFLICT',
    'a function of this name is already in the workspace: choose another',
    { details: { field: 'name' } },
  )
}
