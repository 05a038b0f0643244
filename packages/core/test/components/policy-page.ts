import { ContainerManager } from '../../src/index.ts'

/** What the start of a component comes to, with the script of the thread from there. */
async function startComponent(workerUrl: string): Promise<string> {
  const bytes = new Uint8Array(await (await fetch('/component.wasm')).arrayBuffer())
  const manager = new ContainerManager({ components: { transpiler: '/jco/', workerUrl } })
  return manager.run(bytes).then(
    (container) => container.status,
    (error: unknown) => {
      const { code, message } = error as { readonly code?: string; readonly message: string }
      return `${code}: ${message}`
    },
  )
}

Object.assign(globalThis, { startComponent })
