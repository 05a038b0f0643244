import type { ContainerUpdateEvent, EventDraft, StatusChangeEvent } from '../model/events.ts'

/** A change of a workspace's status, before it is numbered. */
export type StatusDraft = Extract<EventDraft, { type: 'status_changed' }>
/** A change of a workspace's container, before it is numbered. */
export type UpdateDraft = Extract<EventDraft, { type: 'container_update' }>

/** What changed says everything, so that its words can be made again. */
export const toStatusDraft = (
  workspaceId: string,
  timestamp: number,
  data: StatusChangeEvent,
): StatusDraft => {
  const isGone = data.reason === 'workspace_removed'
  const message = `workspace ${workspaceId} is ${isGone ? 'gone' : data.newStatus}`
  return { type: 'status_changed', workspaceId, timestamp, message, data }
}

/** Like `toStatusDraft`, of a container. */
export const toUpdateDraft = (
  workspaceId: string,
  timestamp: number,
  data: ContainerUpdateEvent,
): UpdateDraft => {
  const { oldState, newState } = data
  const message = `container of ${workspaceId} went from ${oldState || 'none'} to ${newState || 'none'}`
  return { type: 'container_update', workspaceId, timestamp, message, data }
}
