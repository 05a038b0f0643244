import { stringAt } from './fields.ts'

/** Facts about a container that name its workspace. In events `labels` also contains the engine's own attributes. */
export interface NamedContainer {
  readonly id: string
  /** Without the leading slash. */
  readonly name: string
  readonly labels: unknown
}

/** Tells which workspace a container belongs to. */
export type WorkspaceNaming = (container: NamedContainer) => string

/** Default of the label that names a container's workspace. */
export const defaultWorkspaceLabel = 'dev.gaesup.workspace'

/**
 * Takes the workspace from a label. A container without it is a workspace of its own, with the name of the container.
 */
export const byLabel =
  (label: string): WorkspaceNaming =>
  ({ id, name, labels }) =>
    stringAt(labels, label) || name || id
