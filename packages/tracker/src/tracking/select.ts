import type {
  ContainerInfo,
  ContainerState,
  WorkspaceRecord,
  WorkspaceStatus,
} from '../model/state.ts'
import type { ContainerView } from './reduce.ts'

/** True for a state in which a workspace counts as active. */
export const runs = (state: ContainerState): boolean =>
  state === 'running' || state === 'restarting'

/** The container that stands for the workspace: a running one before others, then the newest. */
export const selectPrimary = (containers: readonly ContainerView[]): ContainerInfo | undefined => {
  let best: ContainerInfo | undefined
  for (const { info } of containers) {
    const better =
      best === undefined ||
      (runs(info.state) && !runs(best.state)) ||
      (runs(info.state) === runs(best.state) && info.createdAt >= best.createdAt)
    if (better) best = info
  }
  return best
}

/** Status of a workspace: archived stays archived; else active while a container runs. */
export const selectStatus = (
  record: WorkspaceRecord,
  primary: ContainerInfo | undefined,
): WorkspaceStatus => {
  if (record.status === 'archived') return 'archived'
  return primary !== undefined && runs(primary.state) ? 'active' : 'inactive'
}
