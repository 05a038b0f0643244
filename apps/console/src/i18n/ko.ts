import { oneFunction } from './ko/function.ts'
import { sandbox } from './ko/sandbox.ts'
import { shell } from './ko/shell.ts'
import { status } from './ko/status.ts'
import { workspaces } from './ko/workspaces.ts'
import type { Messages } from './locale.ts'

export const ko: Messages = { ...shell, ...workspaces, ...oneFunction, ...status, ...sandbox }
