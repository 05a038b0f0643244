// Persistent rollups on a local disk
export { openSegmentStore } from './segment-store.ts'
export type { SegmentStoreOptions } from './segment-store.ts'
// Alerts, anomalies and flight records over a restart
export { openStateStore } from '../persistence/state-file.ts'
export type { StateFile, StateFileDamage, StateFileOptions } from '../persistence/state-file.ts'
