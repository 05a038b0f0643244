import type { Case } from './case.ts'

/** What a case came to; no failure is good. */
export interface Told {
  readonly failure: string
  readonly note?: string | undefined
}

/** For the test that drives this page or worker: runs one case, and tells what came of it. */
export function serveCases(cases: readonly Case[]): void {
  const load = async (name: string): Promise<Uint8Array> => {
    const response = await fetch(`/modules/${name}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const runCase = async (title: string): Promise<Told> => {
    const found = cases.find((one) => one.title === title)
    if (found === undefined) return { failure: 'there is no such case' }
    return found.run(load).then(
      (note) => ({ failure: '', note: note ?? undefined }),
      (error: unknown) => ({
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    )
  }
  Object.assign(globalThis, { runCase })
  if ('document' in globalThis) return
  globalThis.addEventListener('message', (event: MessageEvent<string>) => {
    void runCase(event.data).then((told) => globalThis.postMessage(told))
  })
}
