import { ContainerManager } from '../../src/containers/manager.ts'
import { cases } from './page-cases.ts'

/** Runs one case; gives what went wrong. */
async function runCase(title: string): Promise<string> {
  const found = cases.find((one) => one.title === title)
  if (found === undefined) return 'there is no such case'
  const load = async (name: string): Promise<Uint8Array> =>
    new Uint8Array(await (await fetch(`/modules/${name}`)).arrayBuffer())
  return found.run(load).then(
    () => '',
    (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
}

/** Starts a container in a worker; gives its status, or the code of what went wrong. */
async function startWith(workerUrl: string | undefined): Promise<string> {
  const response = await fetch('/modules/native.wasm')
  const url = workerUrl === undefined ? {} : { workerUrl: new URL(workerUrl, location.href) }
  const manager = new ContainerManager(url)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const started = manager.run(bytes, { execution: 'worker' })
  return started.then(
    ({ status }) => status,
    (error: unknown) => (error as { code: string }).code,
  )
}

Object.assign(globalThis, { runCase, startWith })
