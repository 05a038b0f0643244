import { createVirtualFiles } from '../../src/files/index.ts'
import { ContainerManager, type ComponentOptions } from '../../src/index.ts'
import { equal, refused, type Case, type Load } from '../both/case.ts'

/** The browser of these tests fetches scripts for the page alone, and not for workers of workers. */
async function componentsHere(load: Load): Promise<ComponentOptions> {
  if ('process' in globalThis) return {}
  const script = new Blob([(await load('worker.js')).slice()], { type: 'text/javascript' })
  return { transpiler: '/jco/', workerUrl: URL.createObjectURL(script) }
}

const program = `
import json, os, time, random
os.mkdir('/workspace/notes')
with open('/workspace/notes/a.json', 'w') as file: json.dump({'텍스트': [1, 2]}, file)
print(sorted(os.listdir('/workspace/notes')), json.load(open('/workspace/notes/a.json')))
print(time.time() > 1.7e9, random.random() < 1)
try: open('/../etc/passwd')
except OSError as error: print(type(error).__name__)
`

/** Components of others, as large as they are. */
export const cases: readonly Case[] = [
  {
    title: 'CPython as a component runs programs over virtual files, and an endless one is stopped',
    async run(load) {
      const files = createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 64 } })
      const manager = new ContainerManager({ components: await componentsHere(load) })
      const container = await manager.run(await load('python'), {
        files,
        isolation: { fileSystemAccess: true },
        environment: { PYTHONDONTWRITEBYTECODE: '1' },
        maxFuel: 4_000_000_000n,
        maxCpuTime: 250_000,
      })
      equal(await container.call('run', ['-c', program]), {
        exitCode: 0,
        stdout: "['a.json'] {'텍스트': [1, 2]}\nTrue True\nPermissionError\n",
        stderr: '',
      })
      equal(files.exists('/workspace/notes/a.json'), true)
      await refused(container.call('run', ['-c', 'while True: pass']), 'CPU_LIMIT')
      await manager.cleanup()
    },
  },
]
