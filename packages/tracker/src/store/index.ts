// Persistent rollups on a local disk
export { openSegmentStore } from './segment-store.ts'
export type { SegmentStoreOptions } from './segment-store.ts'
