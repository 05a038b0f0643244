import { expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { createSessionFiles } from '../../src/interpreters/session-files.ts'

test('a copy asks for as much memory as it takes, also where it is of a link', async () => {
  const tree = createVirtualFiles({ quota: { bytes: 10_000, inodes: 20 } })
  const asked: number[] = []
  const files = createSessionFiles({
    read: async (look) => look(tree),
    write: async (change, addedBytes) => {
      asked.push(addedBytes?.(tree) ?? 0)
      return change(tree)
    },
  })
  tree.makeDirectory('/folder')
  tree.writeFile('/folder/large', new Uint8Array(1000))
  tree.symlink('/folder/large', '/folder/link')
  tree.symlink('/folder/large', '/file')
  tree.symlink('/folder', '/all')
  for (const [from, to] of [
    ['/file', '/a'],
    ['/all', '/b'],
    ['/folder/large', '/c'],
  ] as const) {
    const before = tree.usage().bytes
    await files.copy(from, to, { overwrite: false })
    expect(asked.pop()).toBe(tree.usage().bytes - before)
  }
})
