import type { SystemFiles } from '../../files/index.ts'
/** Time zone files. */
export function zoneFiles(): SystemFiles {
  return new Map()
}
