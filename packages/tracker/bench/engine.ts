import { PrivateEngine, privateEngineAbsent } from '../test/docker/private-engine.ts'

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/**
 * Runs a benchmark on an engine of its own, so that nobody else's work on the machine's engine is counted. The engine and
 * its containers go away with the benchmark, however that ends. Where none can be started the reason is printed.
 */
export const withEngine = async (
  name: string,
  work: (engine: PrivateEngine) => Promise<void>,
): Promise<void> => {
  if (privateEngineAbsent !== '') {
    console.log(`skipped: ${name}: ${privateEngineAbsent}`)
    return
  }
  const engine = new PrivateEngine()
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= engine.close())
  for (const [signal, code] of Object.entries(exitCodes))
    process.once(signal, () => void close().finally(() => process.exit(code)))
  try {
    await engine.open()
    await work(engine)
  } finally {
    await close()
  }
}
