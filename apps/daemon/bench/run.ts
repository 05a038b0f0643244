/** What a person waits for, beside the everyday alternative and the floor, in one run. Prints ratios, asserts nothing. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectSandbox, type SandboxSession } from '@gaesup-state/sandbox/client'
import { measure, printTable, type Row, type Timing } from './measure.ts'

type Program = readonly [string, ...string[]]
const python: Program = ['python3', '-c', 'print(sum(i * i for i in range(1000)))']
const nodeProgram = 'let s = 0; for (let i = 0; i < 1000; i++) s += i * i; console.log(s)'
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

const dataDir = mkdtempSync(join(tmpdir(), 'gaesup-bench-'))
const daemon = spawn(
  process.execPath,
  [main, 'serve', '--port', '0', '--sandbox-port', '0', '--data', dataDir],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
try {
  const output = await readUntil(daemon, 'Ctrl+C stops')
  const consoleUrl = /Console\s+(\S+)/.exec(output)?.[1] ?? ''
  const sandboxUrl = /Sandbox\s+(\S+)/.exec(output)?.[1] ?? ''
  const rows = [...(await sessions(sandboxUrl)), ...(await functions(consoleUrl))]
  printTable(rows)
} finally {
  daemon.kill('SIGTERM')
  await new Promise((resolve) => daemon.once('exit', resolve))
  rmSync(dataDir, { recursive: true, force: true })
}

async function sessions(url: string): Promise<Row[]> {
  const client = await connectSandbox(url)
  const command = async (session: SandboxSession, [name, ...args]: Program): Promise<void> => {
    const { exitCode, stderr } = await session.exec(name, args)
    if (exitCode !== 0) throw new Error(stderr)
  }
  const first = (program: Program, memoryLimitMB: number, pauseMs: number): Promise<Timing> =>
    measure(
      10,
      async () => {
        const session = await client.createSession({ language: 'python', memoryLimitMB })
        await command(session, program)
        await session.close()
      },
      { pauseMs },
    )
  const warm = async (language: string, program: Program): Promise<Timing> => {
    const session = await client.createSession({ language })
    await command(session, program)
    // A person types the next command later than the spare interpreter is ready; so does this loop.
    const timing = await measure(20, () => command(session, program), { pauseMs: 250 })
    await session.close()
    return timing
  }
  const freshPython = await measure(20, () => fresh(python))
  const freshNode = await measure(20, () => fresh([process.execPath, '-e', nodeProgram]))
  const besidePython = [['fresh python3 process', freshPython]] as const
  const rows: Row[] = [
    // No process waits for a memory limit that nobody asked for before.
    {
      name: 'session: cold start, first Python command',
      ours: await first(python, 300, 0),
      peers: besidePython,
    },
    {
      name: 'session: start on a waiting process, Python',
      ours: await first(python, 512, 1500),
      peers: besidePython,
    },
    {
      name: 'session: warm Python command',
      ours: await warm('python', python),
      peers: besidePython,
    },
    {
      name: 'session: warm JavaScript command',
      ours: await warm('javascript', ['node', '-e', nodeProgram]),
      peers: [['fresh node process', freshNode]],
    },
  ]
  client.close()
  return rows
}

async function functions(url: string): Promise<Row[]> {
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }
  const workspace = await post('/api/workspaces', { name: 'bench' })
  const rows: Row[] = []
  const echo = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json').end('{"ok":true}')
  })
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  const echoUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}/`
  const floor = await measure(
    300,
    async () => void (await (await fetch(echoUrl, { method: 'POST', body: '{}' })).text()),
  )
  for (const [language, code] of [
    ['python', 'def handler(event):\n    return {"ok": True}\n'],
    ['javascript', 'export default () => ({ ok: true })\n'],
  ] as const) {
    const known = (await (await fetch(`${url}/api/runtimes`)).json()) as {
      runtimes: { runtime: string; language: string }[]
    }
    const exact = known.runtimes.find((one) => one.language === language)?.runtime ?? language
    const path = `/api/workspaces/${String(workspace['id'])}/functions`
    const made = await post(path, {
      name: `f-${language}`,
      runtime: exact,
      httpMethods: ['POST'],
      code: Buffer.from(code).toString('base64'),
    })
    const invoke = async (): Promise<void> =>
      void (await post(`${path}/${String(made['id'])}/invoke`, {}))
    await invoke()
    rows.push({
      name: `function: warm ${exact} invoke over HTTP`,
      ours: await measure(300, invoke),
      peers: [['bare HTTP echo (floor)', floor]],
    })
  }
  echo.close()
  return rows
}

function fresh([command, ...args]: Program): Promise<void> {
  const { status } = spawnSync(command, args)
  return status === 0
    ? Promise.resolve()
    : Promise.reject(new Error(`${command} is not on this machine`))
}

function readUntil(child: ChildProcess, text: string): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes(text)) resolve(output)
    })
    child.once('exit', () => reject(new Error(`The daemon ended:\n${output}`)))
  })
}
