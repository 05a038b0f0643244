import type { ModuleShape } from '../binary/module-shape.ts'
import type { GuestState } from './guest.ts'

/** State that the host keeps for a module of our own ABI. */
export interface KeptState {
  state: unknown
  version: number
}

/** The state a module sets and gets through the host; undefined where it imports neither. */
export function keptState(
  { importedTypes }: Pick<ModuleShape, 'importedTypes'>,
  kept: KeptState,
): GuestState | undefined {
  if (!importedTypes.has('gaesup.state_set') && !importedTypes.has('gaesup.state_get'))
    return undefined
  return {
    version: () => kept.version,
    read: () => kept.state,
    write(value) {
      kept.state = value
      kept.version += 1
    },
  }
}
