/** What was opened, so that it can be closed in the opposite order, once. */
export interface CleanUp {
  keep<Part extends { close(): Promise<void> }>(part: Part): Part
  run(): Promise<void>
}

export function createCleanUp(): CleanUp {
  const opened: { close(): Promise<void> }[] = []
  return {
    keep: (part) => {
      opened.push(part)
      return part
    },
    run: async () => {
      for (const part of opened.splice(0).toReversed()) await part.close()
    },
  }
}
