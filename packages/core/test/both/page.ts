import type { Case } from './case.ts'

/** For the test that drives this page or worker: runs one case, and gives what went wrong. */
export function serveCases(cases: readonly Case[]): void {
  const load = async (name: string): Promise<Uint8Array> => {
    const response = await fetch(`/modules/${name}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const runCase = async (title: string): Promise<string> => {
    const found = cases.find((one) => one.title === title)
    if (found === undefined) return 'there is no such case'
    return found.run(load).then(
      () => '',
      (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    )
  }
  Object.assign(globalThis, { runCase })
  if ('document' in globalThis) return
  globalThis.addEventListener('message', (event: MessageEvent<string>) => {
    void runCase(event.data).then((failure) => globalThis.postMessage(failure))
  })
}
