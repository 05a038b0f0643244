import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'

export interface Started {
  readonly container: ContainerInstance
  readonly output: { stdout: string; stderr: string }
  readonly logs: string[]
  readonly call: (name: string, ...args: unknown[]) => Promise<unknown>
}

/** Starts compiled bytes in a container, limits included. */
export async function startBytes(
  bytes: Uint8Array,
  config: ContainerConfig = {},
): Promise<Started> {
  const manager = new ContainerManager({ debugMode: true })
  const output = { stdout: '', stderr: '' }
  const logs: string[] = []
  const container = await manager.run(bytes, {
    onOutput: (stream, chunk) => void (output[stream] += new TextDecoder().decode(chunk)),
    ...config,
  })
  manager.events.on('log', ({ message }) => void logs.push(message))
  return { container, output, logs, call: (name, ...list) => container.call(name, list) }
}
