import { oneFunction } from './en/function.ts'
import { sandbox } from './en/sandbox.ts'
import { shell } from './en/shell.ts'
import { status } from './en/status.ts'
import { workspaces } from './en/workspaces.ts'

export const en = { ...shell, ...workspaces, ...oneFunction, ...status, ...sandbox }
