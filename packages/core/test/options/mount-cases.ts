import { ContainerManager, type ContainerConfig } from '../../src/index.ts'
import { equal, of, refused, type Case } from '../both/case.ts'

type Mounts = NonNullable<ContainerConfig['mounts']>

/** Attacks on mounts that are the same in Node and in a page; those on folders of a machine stand in `test/files/host`. */
export const mountCases: readonly Case[] = [
  {
    title:
      'mounts: pages have none, no container has one unasked, and what is none fails the start',
    attacks: of('ContainerConfig', 'mounts'),
    async run(load) {
      const bytes = await load('reactor.wasm')
      const run = (mounts: Mounts, fileSystemAccess = true): Promise<unknown> =>
        new ContainerManager().run(bytes, { mounts, isolation: { fileSystemAccess } })
      const absent = { '/workspace': { path: '/absent-on-every-machine' } }
      await refused(run(absent, false), 'FORBIDDEN')
      const { process } = globalThis as { process?: { platform?: string } }
      await refused(run(absent), process?.platform === 'linux' ? 'ENOENT' : 'RUNTIME_UNAVAILABLE')
      const wrong = { '/workspace': { path: '/tmp', readOnly: false } } as Mounts
      const error = await run(wrong).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      equal(error instanceof TypeError, true)
    },
  },
]
