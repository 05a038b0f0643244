import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'no-compilers-'))
  await cp(fileURLToPath(new URL('../../src', import.meta.url)), join(folder, 'src'), {
    recursive: true,
  })
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** What compiling gives where no package but this one is installed. */
async function compileAlone(engine: string): Promise<unknown> {
  const entry = pathToFileURL(join(folder, 'src/compile/index.ts')).href
  return failureAlone(`const { compileWASM } = await import(${JSON.stringify(entry)})
const work = compileWASM('export function f() {}', { engine: ${JSON.stringify(engine)} })`)
}

/** How the promise `work` of a script fails. */
async function failureAlone(script: string): Promise<unknown> {
  const told = `${script}
await work.then(
  () => console.log('{}'),
  ({ name, code, message, details }) => console.log(JSON.stringify({ name, code, message, details })))`
  // Package managers start tests with a NODE_PATH that leads to all packages.
  const { NODE_PATH: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', told],
    { cwd: folder, env },
  )
  return JSON.parse(stdout)
}

test('without jco a component is refused with the command that installs it', async () => {
  const entry = pathToFileURL(join(folder, 'src/index.ts')).href
  const error =
    await failureAlone(`const { createContainer } = await import(${JSON.stringify(entry)})
const work = createContainer(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0))`)
  expect(error).toMatchObject({
    name: 'ContainerStartupError',
    code: 'RUNTIME_UNAVAILABLE',
    details: { install: 'npm install @bytecodealliance/jco-transpile@0.15.0' },
  })
})

test.each([
  ['assemblyscript', 'npm install assemblyscript@0.28.20'],
  ['quickjs', 'npm install quickjs-wasi@3.6.2'],
  ['auto', 'npm install quickjs-wasi@3.6.2'],
])(
  'without its package the engine %s is refused with the command that installs it',
  async (engine, install) => {
    const error = await compileAlone(engine)
    expect(error).toMatchObject({
      name: 'CompilationError',
      code: 'RUNTIME_UNAVAILABLE',
      details: { install },
    })
    expect((error as { message: string }).message).toContain(install)
  },
)

test('the versions it names are those it is built for', async () => {
  const { default: manifest } = (await import('../../package.json', {
    with: { type: 'json' },
  })) as {
    default: { peerDependencies: Record<string, string> }
  }
  expect(manifest.peerDependencies).toMatchObject({
    '@bytecodealliance/jco-transpile': '0.15.0',
    assemblyscript: '0.28.20',
    'quickjs-wasi': '3.6.2',
  })
})
