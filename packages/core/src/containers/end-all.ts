/** What is stopped, and then what ran it, whatever becomes of each. Rejects with what the first that failed rejected with. */
export async function endAll(
  containers: readonly { stop(): Promise<void> }[],
  engines: readonly { close?(): Promise<void> }[],
): Promise<void> {
  const stops = await Promise.allSettled(containers.map((one) => one.stop()))
  const ends = await Promise.allSettled(engines.map(async (one) => one.close?.()))
  const failed = [...stops, ...ends].find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
