import { readFileSync } from 'node:fs'
import { ByteSink } from '../../src/binary/byte-sink.ts'
import { ContainerManager } from '../../src/containers/manager.ts'
import type { ContainerInstance } from '../../src/containers/instance.ts'
import type { ContainerManagerConfig } from '../../src/containers/manager-config.ts'
import type { ContainerConfig } from '../../src/containers/types.ts'

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/containers/${name}`, import.meta.url)))
}

/** The module with a `gaesup:abi` section behind it. */
export function withSection(bytes: Uint8Array, section: unknown): Uint8Array {
  const content = new ByteSink()
    .name('gaesup:abi')
    .bytes(new TextEncoder().encode(JSON.stringify(section)))
  return new ByteSink().bytes(bytes).u8(0).sized(content.finish()).finish()
}

export const native: Uint8Array = withSection(fixture('native.wasm'), {
  version: 1,
  numeric: ['pack'],
})
export const workloads: Uint8Array = fixture('../meter/workloads.wasm')

/** A container of the native fixture, in a manager of its own. */
export async function start(
  config: ContainerConfig = {},
  options: { bytes?: Uint8Array; manager?: ContainerManagerConfig } = {},
): Promise<{ manager: ContainerManager; container: ContainerInstance }> {
  const manager = new ContainerManager(options.manager)
  return { manager, container: await manager.run(options.bytes ?? native, config) }
}

/** Lets microtasks run. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0))
}
