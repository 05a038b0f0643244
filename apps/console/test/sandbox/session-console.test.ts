// @vitest-environment node
import { createSandboxServer, type SandboxServer } from '@gaesup-state/sandbox'
import {
  connectSandbox,
  type SandboxClient,
  type SandboxSession,
} from '@gaesup-state/sandbox/client'
import { createFakeEngine } from '@gaesup-state/sandbox/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createSessionConsole,
  type SessionConsole,
} from '../../src/pages/sandbox/session-console.ts'

const words = {
  exitCode: (code: number) => `exit code ${code}`,
  stoppedBy: (limit: string) => `stopped by ${limit}`,
  cancelled: 'stopped',
}

let server: SandboxServer
let client: SandboxClient
let session: SandboxSession
let url: string

beforeAll(async () => {
  const engine = createFakeEngine({
    programs: {
      // As a shell: `sh -c LINE`, with just the lines that the tests type.
      sh: async ({ argv, cwd, write, sleep }) => {
        const line = argv[2] ?? ''
        if (line === 'hang') await sleep(60_000)
        if (line === 'cd src && pwd') await write('stdout', '/workspace/src\n')
        else if (line === 'pwd') await write('stdout', `${cwd}\n`)
        else if (line === 'half') await write('stdout', 'no newline')
        else if (line.startsWith('echo ')) await write('stdout', `${line.slice(5)}\n`)
        else {
          await write('stderr', `${line}: not found\n`)
          return 127
        }
        return 0
      },
    },
  })
  server = await createSandboxServer({ engines: [engine] })
  url = (await server.listen({ port: 0 })).url
  client = await connectSandbox(url)
})
afterAll(async () => {
  client.close()
  await server.close()
})

let shell: SessionConsole
let log: string

beforeEach(async () => {
  session = await client.createSession({ language: 'python' })
  log = ''
  const screen = {
    columns: () => 80,
    write: () => undefined,
    clear: () => undefined,
    log: (text: string) => void (log += text),
  }
  shell = createSessionConsole(session, screen, words)
  shell.greet('ready')
})

/** Until no command runs any more. */
async function idle(): Promise<void> {
  while (shell.running()) await new Promise<void>((resolve) => shell.subscribe(resolve))
}

describe('session console', () => {
  it('runs a typed line in the shell of the session and shows its output', async () => {
    shell.type('echo 안녕')
    shell.type('\r')
    await idle()
    expect(log).toBe('$ echo 안녕\n안녕\n')
  })

  it('tells the exit code of a command that failed', async () => {
    shell.type('nonsense\r')
    await idle()
    expect(log).toBe('$ nonsense\nnonsense: not found\nexit code 127\n')
  })

  it('stops a running command with Ctrl+C, and runs the next one', async () => {
    shell.type('hang\r')
    expect(shell.running()).toBe(true)
    shell.type('\u0003')
    await idle()
    shell.type('echo on\r')
    await idle()
    expect(log).toBe('$ hang\nstopped\n$ echo on\non\n')
  })

  it('keeps what is typed while a command runs, and drops it on Ctrl+C', async () => {
    shell.type('echo one\recho two\recho three\r')
    await idle()
    expect(log).toBe('$ echo one\none\n$ echo two\ntwo\n$ echo three\nthree\n')
    log = ''
    shell.type('hang\recho never\r')
    shell.type('\u0003')
    await idle()
    expect(log).toBe('$ hang\nstopped\n')
  })

  it('stays in the folder that cd led to', async () => {
    shell.type('cd src\r')
    await idle()
    await session.createDirectory('/workspace/src')
    shell.type('pwd\r')
    await idle()
    expect(log).toBe('$ cd src\n$ pwd\n/workspace/src\n')
  })

  it('ends a line that the program left open', async () => {
    shell.type('half\r')
    await idle()
    expect(log).toBe('$ half\nno newline\n')
  })

  it('shows why a command could not run, and works again over a new connection', async () => {
    const other = await connectSandbox(url)
    shell.attach(await other.openSession(session.sessionId))
    shell.type('hang\r')
    other.close()
    await idle()
    expect(log).toContain('(CONNECTION_CLOSED)')
    shell.attach(session)
    log = ''
    shell.type('echo back\r')
    await idle()
    expect(log).toBe('$ echo back\nback\n')
  })

  it('does nothing when asked to run while a command runs', async () => {
    shell.type('hang\r')
    await shell.run({ program: 'python3', args: [] }, 'python3 main.py')
    shell.interrupt()
    await idle()
    expect(log).toBe('$ hang\nstopped\n')
  })
})
