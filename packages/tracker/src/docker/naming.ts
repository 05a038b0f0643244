import { stringAt } from './fields.ts'

/** What a container says about itself. `labels` also holds the engine's own attributes in events. */
export interface NamedContainer {
  readonly id: string
  /** Without the leading slash. */
  readonly name: string
  readonly labels: unknown
}

/** Tells which workspace a container belongs to. */
export type WorkspaceNaming = (container: NamedContainer) => string

/** The label that names a container's workspace, when no other is asked for. */
export const defaultWorkspaceLabel = 'dev.gaesup.workspace'

/** The workspace is the label's value; a container without it is a workspace of its own, called like the container. */
export const byLabel =
  (label: string): WorkspaceNaming =>
  ({ id, name, labels }) =>
    stringAt(labels, label) || name || id
