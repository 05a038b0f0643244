import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInterpreters } from '../../src/interpreters/index.ts'
import type { EscapeCase } from './case.ts'
import { toMarkdown } from './document.ts'
import { javascriptCases } from './javascript-cases.ts'
import { pythonCases } from './python-cases.ts'
import { shellCases } from './shell-cases.ts'

const cases = [...pythonCases, ...javascriptCases, ...shellCases]
const canary = 'GAESUP_ESCAPE_CANARY'
const mebibyte = 2 ** 20
/** What ends by itself gets the time that a busy machine needs. */
const patienceMs = 60_000

const engine = createInterpreters({})
type Session = Awaited<ReturnType<typeof engine.create>>
let listener: Server
let connections = 0
let created = 0

beforeAll(async () => {
  process.env[canary] = 'secret'
  listener = createServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
})

afterAll(async () => {
  delete process.env[canary]
  await engine.close()
  listener.close()
})

const open = (language: string): Promise<Session> =>
  engine.create({
    sessionId: `escape-${++created}`,
    language,
    memoryLimitBytes: 128 * mebibyte,
    diskLimitBytes: 16 * mebibyte,
    inodeLimit: 1000,
  })

async function run(session: Session, argv: string[], timeoutMs: number) {
  let output = ''
  const result = await session.exec(
    { argv, cwd: '/workspace', env: {} },
    {
      timeoutMs,
      cpuMs: 60_000,
      maxOutputBytes: mebibyte,
      signal: new AbortController().signal,
      onOutput: (_stream, bytes) => {
        output += Buffer.from(bytes).toString()
      },
    },
  )
  return { ...result, output }
}

const commands = {
  python: { argv: (source: string) => ['python3', '-c', source], alive: "print('alive')" },
  javascript: {
    argv: (source: string) => ['node', '-e', source],
    alive: "console.log('alive', {}.polluted ?? 'clean')",
  },
  shell: { argv: (source: string) => ['sh', '-c', source], alive: 'echo alive' },
}

function programOf(one: EscapeCase): string {
  const { port } = listener.address() as AddressInfo
  return one.program.replaceAll('PORT', String(port)).replaceAll('CANARY', canary)
}

function expectEnd(one: EscapeCase, result: Awaited<ReturnType<typeof run>>): void {
  expect(result.output, one.id).not.toContain('ESCAPED')
  if ('held' in one.ends) {
    expect(result, one.id).toMatchObject({ exitCode: 0, output: expect.stringContaining('held') })
  } else if ('limit' in one.ends) {
    expect(
      one.ends.limit,
      `${one.id}: ${JSON.stringify({ ...result, output: result.output.slice(0, 500) })}`,
    ).toContain(result.limit)
  } else {
    expect(result.exitCode, one.id).not.toBe(0)
  }
}

describe('attacks from inside', () => {
  it.each(cases.map((one) => [one.id, one.tries, one] as const))(
    '%s: %s',
    async (_id, _tries, one) => {
      const { argv, alive } = commands[one.language]
      const session = await open(one.language === 'javascript' ? 'javascript' : 'python')
      const before = connections
      expectEnd(one, await run(session, argv(programOf(one)), one.timeoutMs ?? patienceMs))
      expect(connections, 'nobody connected').toBe(before)
      const next = await run(session, argv(alive), patienceMs)
      expect(next).toMatchObject({ exitCode: 0 })
      expect(next.output).toMatch(/^alive/)
      expect(next.output).not.toContain('yes')
      await session.destroy()
    },
    2.5 * patienceMs,
  )

  it('keeps the files of one session from another', async () => {
    const [mine, theirs] = [await open('python'), await open('python')]
    await mine.files.writeFile('/workspace/secret.txt', Buffer.from('the secret'), 'Create')
    await run(
      mine,
      ['python3', '-c', "open('/tmp/secret.txt', 'w').write('the secret')"],
      patienceMs,
    )
    const search = "import os; print([f for d, _, fs in os.walk('/') for f in fs if 'secret' in f])"
    expect((await run(theirs, ['python3', '-c', search], patienceMs)).output).not.toContain(
      'secret.txt',
    )
    expect((await run(mine, ['python3', '-c', search], patienceMs)).output).toContain('secret.txt')
    await Promise.all([mine.destroy(), theirs.destroy()])
  })

  it('is published as it is', () => {
    const page = new URL('../../../../docs/security/escape-suite.md', import.meta.url)
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, toMarkdown(cases))
    expect(readFileSync(page, 'utf8')).toBe(toMarkdown(cases))
  })

  it('names every case once and has at least 25', () => {
    expect(new Set(cases.map((one) => one.id)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThanOrEqual(25)
  })
})
