// A WASI engine for tests: runs the program in Wasmer, as its SDK of npm has it, compiled to WebAssembly.
import { readFileSync } from 'node:fs'
import { Wasmer } from '@wasmer/sdk/node'

const wasmer = new Wasmer()
const program = await wasmer.packages.create({
  modules: { app: new Uint8Array(readFileSync(process.argv[2] ?? '')) },
  commands: { main: { module: 'app' } },
})
const sandbox = await wasmer.sandboxes.create({ packages: [program] })
const running = await sandbox
  .command('main')
  .spawn({ stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' })
process.stdin.on('data', (chunk: Buffer) => void running.stdin?.write(new Uint8Array(chunk)))
process.stdin.on('end', () => void running.stdin?.close())

async function forward(
  from: AsyncIterable<Uint8Array> | null,
  to: NodeJS.WriteStream,
): Promise<void> {
  for await (const chunk of from ?? []) to.write(chunk)
}

void forward(running.stdout, process.stdout)
void forward(running.stderr, process.stderr)
const { exitCode } = await running.wait()
process.exit(exitCode ?? 1)
