import type { ContainerSource, WorkspaceService } from '../model/ports.ts'
import type { ContainerInfo, WorkspaceRecord } from '../model/state.ts'

const recordOf = (info: ContainerInfo): WorkspaceRecord => ({
  id: info.workspaceId,
  name: info.workspaceId,
  status: 'inactive',
})

/** A workspace service for hosts that have no list of their own: every workspace that a container names exists. */
export const workspacesOf = (source: ContainerSource): WorkspaceService => ({
  listWorkspaces: async (signal) => {
    const records = new Map<string, WorkspaceRecord>()
    for (const info of await source.list(signal)) records.set(info.workspaceId, recordOf(info))
    return [...records.values()]
  },
  adopt: recordOf,
})
