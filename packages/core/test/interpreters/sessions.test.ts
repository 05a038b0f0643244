import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Interpreters, InterpreterSession } from '../../src/interpreters/index.ts'
import { exists, mebibyte, open, run, start } from './engine.ts'

let engine: Interpreters
beforeAll(() => {
  engine = start()
})
afterAll(() => engine.close())

describe('a session', () => {
  it('runs Python, JavaScript and the shell over the same files', async () => {
    const session = await open(engine)
    await session.files.writeFile('/workspace/deep/in.txt', Buffer.from('héllo'), 'Create')
    const python =
      "import sys; t = open('deep/in.txt').read(); open('py.txt', 'w').write(t.upper()); print(t, sys.stdin.read())"
    expect(await run(session, ['python3', '-c', python], { stdin: 'IN' })).toMatchObject({
      exitCode: 0,
      stdout: 'héllo IN\n',
    })
    const script =
      "const fs = require('fs'); fs.writeFileSync('js.txt', fs.readFileSync('py.txt', 'utf8') + '!'); console.log(process.argv[2])"
    await session.files.writeFile('/workspace/m.js', Buffer.from(script), 'Create')
    expect(await run(session, ['node', 'm.js', 'arg ü'])).toMatchObject({
      exitCode: 0,
      stdout: 'arg ü\n',
    })
    const shell =
      'cat js.txt && python3 -c "print(40 + 2)" | tr 4 5 && node -e "console.log(7)"; exit 3'
    expect(await run(session, ['sh', '-c', shell])).toMatchObject({
      exitCode: 3,
      stdout: 'HÉLLO!52\n7\n',
    })
    expect(Buffer.from(await session.files.readFile('/workspace/js.txt', 1000)).toString()).toBe(
      'HÉLLO!',
    )
    expect((await session.files.list('/workspace')).map(({ name }) => name).sort()).toEqual([
      'deep',
      'js.txt',
      'm.js',
      'py.txt',
    ])
    await session.destroy()
  })

  it('sends output while the program runs', async () => {
    const session = await open(engine)
    const first = Promise.withResolvers<string>()
    const abort = new AbortController()
    // It never ends by itself, so what comes comes while it runs.
    const program = "import time; print('one')\nwhile True: time.sleep(1)"
    const all = run(session, ['python3', '-c', program], {
      signal: abort.signal,
      onOutput: first.resolve,
    })
    expect(await Promise.race([first.promise, all])).toBe('one\n')
    abort.abort(new Error('seen'))
    await expect(all).rejects.toThrow('seen')
    await session.destroy()
  })

  it('keeps every file that was closed when a command is killed', async () => {
    const session = await open(engine)
    const program =
      "f = open('a.txt', 'w'); f.write('x' * 300_000); f.close(); import os; os.mkdir('d'); os.rename('a.txt', 'd/b.txt'); print('closed')\nwhile True: pass"
    const abort = new AbortController()
    const killed = run(session, ['python3', '-c', program], {
      signal: abort.signal,
      onOutput: () => abort.abort(new Error('closed')),
    })
    await expect(killed).rejects.toThrow('closed')
    expect(await session.files.stat('/workspace/d/b.txt')).toMatchObject({ sizeBytes: 300_000 })
    expect(
      await run(session, ['python3', '-c', "print(len(open('d/b.txt').read()))"]),
    ).toMatchObject({ exitCode: 0, stdout: '300000\n' })
    await session.destroy()
  })

  it.each([
    ['time', 'while True: pass', { timeoutMs: 400 }],
    ['time', 'import time; time.sleep(100)', { timeoutMs: 400 }],
    ['cpu', 'while True: pass', { cpuMs: 400 }],
    ['cpu', 'sum(range(10**12))', { cpuMs: 400 }],
    ['memory', 'x = [bytearray(2**20) for _ in range(500)]', {}],
    ['output', "while True: print('x' * 1000)", { maxOutputBytes: 10_000 }],
    ['disk', "open('f', 'wb').write(bytes(9 * 2**20))", {}],
    ['inodes', "[open(str(n), 'w').close() for n in range(500)]", {}],
  ] as const)('ends a Python program at its %s limit: %s', async (limit, program, options) => {
    const session = await open(engine)
    const result = await run(session, ['python3', '-c', program], options)
    expect(result).toMatchObject({ exitCode: null, limit })
    if (limit === 'output') expect(result.stdout).toHaveLength(10_000)
    expect(await run(session, ['python3', '-c', 'print(1)'])).toMatchObject({
      exitCode: 0,
      stdout: '1\n',
    })
    await session.destroy()
  })

  it('ends a command when its signal is aborted, and answers the next one', async () => {
    const session = await open(engine)
    const abort = new AbortController()
    const running = run(session, ['python3', '-c', "print('on')\nwhile True: pass"], {
      signal: abort.signal,
      onOutput: () => abort.abort(new Error('enough')),
    })
    await expect(running).rejects.toThrow('enough')
    expect(await run(session, ['node', '-p', '1 + 1'])).toMatchObject({
      exitCode: 0,
      stdout: '2\n',
    })
    await expect(
      run(session, ['ls'], { signal: AbortSignal.abort(new Error('before')) }),
    ).rejects.toThrow('before')
    await session.destroy()
  })

  it('answers reads while a command runs and lets writes wait for its end', async () => {
    const session = await open(engine)
    const order: string[] = []
    const started = Promise.withResolvers<string>()
    const program = "import time; print('on'); time.sleep(0.5)"
    const running = run(session, ['python3', '-c', program], { onOutput: started.resolve }).then(
      () => order.push('command'),
    )
    await started.promise
    expect(await session.files.list('/workspace')).toEqual([])
    const writing = session.files
      .writeFile('/workspace/w', Buffer.from('1'), 'Create')
      .then(() => order.push('write'))
    await Promise.all([running, writing])
    expect(order).toEqual(['command', 'write'])
    await session.destroy()
  })

  it('counts CPU, disk and inodes', async () => {
    const session = await open(engine)
    await run(session, ['python3', '-c', "open('x', 'wb').write(bytes(1000)); sum(range(300_000))"])
    const stats = await session.stats()
    expect(stats).toMatchObject({ diskBytes: 1000, inodes: 3 })
    expect(stats.cpuMs).toBeGreaterThan(1)
    expect(stats.memoryBytes).toBeGreaterThan(5 * mebibyte)
    await session.destroy()
  })

  it('says what is wrong with a command that cannot be', async () => {
    const session = await open(engine)
    await expect(run(session, ['ls'], { cwd: '/nowhere' })).rejects.toMatchObject({
      code: 'ENOENT',
    })
    expect(() => session.exec({ argv: [], cwd: '/', env: {} }, {} as never)).toThrow(TypeError)
    expect(await run(session, ['no-such-program'])).toMatchObject({ exitCode: 127 })
    await session.destroy()
    await expect(run(session, ['ls'])).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('the engine', () => {
  it('tells which interpreters there are and refuses others by listing them', async () => {
    expect(engine.runtimes().map(({ runtime }) => runtime)).toEqual([
      'Python 3.12',
      expect.stringContaining('QuickJS'),
    ])
    await expect(open(engine, { language: 'cobol' })).rejects.toMatchObject({
      code: 'LANGUAGE_UNAVAILABLE',
      message: expect.stringContaining('python (Python 3.12)'),
    })
    await expect(open(engine, { language: 'python3.11' })).rejects.toMatchObject({
      code: 'LANGUAGE_UNAVAILABLE',
    })
    await expect(open(engine, { memoryLimitBytes: 1000 })).rejects.toMatchObject({
      code: 'LIMIT_OUT_OF_RANGE',
    })
    await expect(open(engine, { sessionId: '../x' })).rejects.toThrow(TypeError)
  })

  it('reports the interpreter versions that the programs themselves report', async () => {
    const session = await open(engine)
    const [python, javascript] = engine.runtimes()
    expect((await run(session, ['python3', '--version'])).stdout).toBe(
      `Python ${python?.version}\n`,
    )
    expect(
      (await run(session, ['python3', '-c', 'import platform; print(platform.python_version())']))
        .stdout,
    ).toBe(`${python?.version}\n`)
    expect((await run(session, ['node', '-p', "process.versions['quickjs-ng']"])).stdout).toBe(
      `${javascript?.version}\n`,
    )
    await session.destroy()
  })

  it('says why there is no exit code, and goes on with a new process', async () => {
    const own = start({ warm: { python: 0 } })
    const session = await open(own)
    const running = run(session, ['python3', '-c', "print('up'); import time; time.sleep(20)"], {
      onOutput: () => own.processIds().forEach((pid) => process.kill(pid, 'SIGSEGV')),
    })
    expect(await running).toMatchObject({
      exitCode: null,
      reason: 'its process ended with signal SIGSEGV',
    })
    expect((await run(session, ['python3', '-c', 'print(1)'])).stdout).toBe('1\n')
    await own.close()
  })

  it('tells the memory of Python programs, and of others nothing rather than zero', async () => {
    const session = await open(engine)
    await run(session, ['python3', '-c', 'x = bytes(2 ** 24)'])
    expect((await session.stats()).memoryBytes).toBeGreaterThan(2 ** 24)
    await run(session, ['node', '-e', '1'])
    expect(await session.stats()).not.toHaveProperty('memoryBytes')
    await run(session, ['sh', '-c', 'true'])
    expect(await session.stats()).not.toHaveProperty('memoryBytes')
    await session.destroy()
  })

  it('lets commands wait when all processes are at work, and takes idle ones', async () => {
    const small = start({ maxProcesses: 2, warm: { python: 0 } })
    const sessions = await Promise.all([1, 2, 3].map(() => open(small)))
    const results = await Promise.all(
      sessions.map((session) => run(session, ['python3', '-c', 'print(5)'])),
    )
    expect(results.map(({ stdout }) => stdout)).toEqual(['5\n', '5\n', '5\n'])
    expect(small.processIds().length).toBeLessThanOrEqual(2)
    await small.close()
  })

  it('gives an idle process back and keeps the files', async () => {
    const brief = start({ idleMs: 100, warm: { python: 0 } })
    const session: InterpreterSession = await open(brief)
    await run(session, ['python3', '-c', "open('kept', 'w').write('yes')"])
    await expect.poll(() => brief.processIds()).toEqual([])
    expect((await run(session, ['cat', 'kept'])).stdout).toBe('yes')
    await brief.close()
  })

  it('leaves no process behind when it is closed, even with a command at work', async () => {
    const other = start()
    const sessions = await Promise.all([open(other), open(other)])
    const running = run(sessions[0] as InterpreterSession, [
      'python3',
      '-c',
      'while True: pass',
    ]).catch((error: unknown) => error)
    await run(sessions[1] as InterpreterSession, ['python3', '-c', 'print(1)'])
    const pids = other.processIds()
    expect(pids.length).toBeGreaterThanOrEqual(2)
    await other.close()
    await running
    expect(pids.filter(exists)).toEqual([])
    await expect(open(other)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
