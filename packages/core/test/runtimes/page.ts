import { ContainerManager } from '../../src/containers/manager.ts'
import { serveCases } from '../both/page.ts'
import { cases } from './page-cases.ts'

serveCases(cases)

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

Object.assign(globalThis, { startWith })
