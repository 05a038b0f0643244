import { expect, test } from 'vitest'
import * as registry from '../../src/registry/index.ts'
import * as node from '../../src/registry/node/index.ts'

test('the entries export these names and no others', () => {
  expect(Object.keys(registry).sort()).toEqual([
    'createBrowserStore',
    'createMemoryStore',
    'createRegistryClient',
    'parseReference',
  ])
  expect(Object.keys(node).sort()).toEqual(['createFileStore', 'createNodePorts'])
})
