/** A terminal's Ctrl+C reaches the daemon more than once when it runs under npm and Nx. */
const sameKeyMs = 1000

/**
 * Runs `close` once on SIGINT or SIGTERM and then ends the process; a second signal after a second, or ten seconds, ends it at once.
 */
export function stopOnSignals(close: () => Promise<void>): void {
  let stoppingSince: number | undefined
  const stop = (signal: NodeJS.Signals): void => {
    if (stoppingSince !== undefined) {
      if (Date.now() - stoppingSince > sameKeyMs) process.exit(130)
      return
    }
    stoppingSince = Date.now()
    process.stdout.write(`\n${signal}: stopping …\n`)
    setTimeout(() => process.exit(1), 10_000).unref()
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(
          `gaesup: could not stop cleanly: ${error instanceof Error ? error.message : String(error)}\n`,
        )
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}
