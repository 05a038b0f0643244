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
} from '../../src/pages/sandbox/terminal/session-console.ts'
import { withoutEscapes } from '../../src/pages/sandbox/terminal/text-width.ts'

const words = {
  exitCode: (code: number) => `exit code ${code}`,
  stoppedBy: (limit: string) => `stopped by ${limit}`,
  cancelled: 'stopped',
  failed: (error: unknown) => String(error),
  ended: 'the session has ended',
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
let written = ''
let kept: string
let commands: string[]

beforeEach(async () => {
  session = await client.createSession({ language: 'python' })
  log = ''
  kept = ''
  commands = []
  shell = createSessionConsole({
    session,
    words,
    transcript: 'ready\r\n',
    onTranscript: (transcript) => void (kept = transcript),
    onCommand: (shown) => void commands.push(shown),
  })
  shell.show(recorder)
})

const recorder = {
  columns: () => 80,
  rows: () => 24,
  write: (text: string) => void (written += text),
  clear: () => undefined,
  log: (text: string) => void (log += text),
}

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

  it('runs several pasted lines as one command', async () => {
    shell.type('\u001b[200~echo one\recho two\u001b[201~')
    expect(shell.running()).toBe(false)
    shell.type('\r')
    await idle()
    expect(commands).toEqual(['echo one\necho two'])
    expect(log).toBe('$ echo one\necho two\none\necho two\n')
  })

  it('keeps what was shown, and shows it again on another screen', async () => {
    shell.type('echo one\r')
    await idle()
    const { length } = written
    shell.hide()
    shell.type('nonsense\r')
    await idle()
    expect(written).toHaveLength(length)
    shell.show(recorder)
    const plain = withoutEscapes(written.slice(length))
    expect(plain).toContain(
      'ready\r\n/workspace $ echo one\r\none\r\n/workspace $ nonsense\r\nnonsense: not found\r\nexit code 127\r\n',
    )
    expect(plain.endsWith('/workspace $ \r')).toBe(true)
    expect(withoutEscapes(kept)).toContain('/workspace $ echo one\r\none')
  })

  it('forgets the oldest whole lines of a long transcript', async () => {
    for (let round = 0; round < 30; round++) {
      shell.type(`echo ${String(round).repeat(4000)}\r`)
      await idle()
    }
    expect(kept.length).toBeGreaterThan(80_000)
    expect(kept.length).toBeLessThanOrEqual(100_000)
    expect(withoutEscapes(kept)).toMatch(/^(\/workspace \$ echo \d{4,}|\d{4,})\r\n/)
    expect(kept).toContain('29'.repeat(4000))
  })

  it('says that the session has ended and takes no more keys, until there is a session again', async () => {
    shell.attach(undefined)
    shell.type('echo lost\r')
    await shell.run({ program: 'sh', args: [] }, 'sh')
    expect(log).toBe('the session has ended\n')
    expect(commands).toEqual([])
    shell.attach(session)
    shell.type('echo back\r')
    await idle()
    expect(log).toBe('the session has ended\n$ echo back\nback\n')
  })

  it('does nothing when asked to run while a command runs', async () => {
    shell.type('hang\r')
    await shell.run({ program: 'python3', args: [] }, 'python3 main.py')
    shell.interrupt()
    await idle()
    expect(log).toBe('$ hang\nstopped\n')
  })
})
