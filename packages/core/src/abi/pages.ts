const pageBytes = 65_536

/** Pages of 64 KiB that hold so many bytes. */
export function pagesOf(bytes: number): number {
  return Math.floor(bytes / pageBytes)
}
