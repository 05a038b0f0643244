import { expectTypeOf, test } from 'vitest'
import type { ContainerMetadata, RegistryClient } from '../../src/registry/index.ts'

test('resolve has the shape of the port that containers declare', () => {
  type Port = (
    reference: string | Uint8Array,
    signal?: AbortSignal,
  ) => Promise<{ bytes: Uint8Array; metadata: ContainerMetadata }>
  expectTypeOf<RegistryClient['resolve']>().toExtend<Port>()
})

test('the verbs can stand behind those of useContainerRegistry', () => {
  type Verbs = {
    search: (query: string) => Promise<ContainerMetadata[]>
    pull: (name: string, version?: string) => Promise<ContainerMetadata>
    list: () => Promise<ContainerMetadata[]>
    remove: (name: string, version?: string) => Promise<void>
    prune: () => Promise<unknown>
  }
  expectTypeOf<RegistryClient>().toExtend<Verbs>()
})
