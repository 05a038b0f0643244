/**
 * Where small documents live that must survive the end of the process: alerts that fire, what an anomaly detector has
 * learned, records of what crashed. Any key-value store fits; `openStateStore` of `./store` is one file.
 */
export interface StateStore {
  /** Every document whose key begins with `prefix`, by key. @throws TrackerError `STORE` */
  load(prefix: string): Promise<ReadonlyMap<string, unknown>>
  /**
   * Writes documents, all or none; a value of undefined deletes. Values are plain JSON.
   * Resolves when they would survive a crash.
   *
   * @throws TrackerError `STORE`, or `LIMIT` when the store is full.
   */
  save(changes: ReadonlyMap<string, unknown>): Promise<void>
}
