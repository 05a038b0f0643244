import { Slots } from '../model/slots.ts'
import type { ContainerSource, WorkspaceService } from '../model/ports.ts'
import type { ContainerInfo, WorkspaceRecord } from '../model/state.ts'

const recordOf = (info: ContainerInfo): WorkspaceRecord => ({
  id: info.workspaceId,
  name: info.workspaceId,
  status: 'inactive',
})

const recordsOf = (containers: readonly ContainerInfo[]): readonly WorkspaceRecord[] => {
  const slots = new Slots()
  const records: WorkspaceRecord[] = []
  for (const info of containers) records[slots.open(info.workspaceId)] ??= recordOf(info)
  return records
}

/** A workspace service for hosts without a list of their own: every workspace that a container names exists. */
export const workspacesOf = (source: ContainerSource): WorkspaceService => ({
  listWorkspaces: async (signal) => recordsOf(await source.list(signal)),
  recordsOf: (containers, of) => (of === source ? recordsOf(containers) : undefined),
  adopt: recordOf,
})
