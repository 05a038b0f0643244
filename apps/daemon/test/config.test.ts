import { describe, expect, it } from 'vitest'
import { parseCommand } from '../src/config.ts'

const parse = (argv: string[], env: Record<string, string> = {}) =>
  parseCommand(argv, env, '/home/someone')

describe('the command line', () => {
  it('serves on the seed ports with data under the working folder by default', () => {
    expect(parse([])).toEqual({
      name: 'serve',
      config: {
        port: 8000,
        sandboxPort: 5000,
        dataDir: '/home/someone/.gaesup',
        allowedOrigins: [],
      },
    })
  })

  it('takes the memory of session files in MiB', () => {
    const bytes = { config: { sessionMemoryBytes: 128 * 2 ** 20 } }
    expect(parse(['--session-memory', '128'])).toMatchObject(bytes)
    expect(parse([], { GAESUP_SESSION_MEMORY: '128' })).toMatchObject(bytes)
    for (const text of ['63', '-1', '1e3', '12.5', 'lots', ''])
      expect(() => parse(['--session-memory', text])).toThrow(
        expect.objectContaining({ code: 'BAD_OPTION' }),
      )
  })

  it('prefers flags to the environment', () => {
    const env = { GAESUP_PORT: '1', GAESUP_SANDBOX_PORT: '2', GAESUP_DATA: '/from-env' }
    expect(parse(['serve', '--port', '3', '--data', 'mine'], env)).toMatchObject({
      config: { port: 3, sandboxPort: 2, dataDir: '/home/someone/mine' },
    })
  })

  it.each([['-h'], ['--help'], ['help']])('answers %s with the help text', (flag) => {
    expect(parse([flag])).toEqual({ name: 'help' })
  })

  it('reads allowed origins from flags and from a comma-separated variable', () => {
    expect(parse(['--allow-origin', 'http://localhost:5173/'])).toMatchObject({
      config: { allowedOrigins: ['http://localhost:5173'] },
    })
    expect(parse([], { GAESUP_ALLOWED_ORIGINS: 'http://a.test, http://b.test:1' })).toMatchObject({
      config: { allowedOrigins: ['http://a.test', 'http://b.test:1'] },
    })
  })

  it.each([
    [['--port', 'http'], 'BAD_OPTION', '--port must be a port'],
    [['--port', '65536'], 'BAD_OPTION', '65536'],
    [['--sandbox-port', '-1'], 'BAD_OPTION', '--sandbox-port'],
    [['--allow-origin', '*'], 'BAD_OPTION', 'origin'],
    [['--wat'], 'BAD_OPTION', '--wat'],
    [['run'], 'BAD_OPTION', 'Unknown command "run"'],
    [['--host', '0.0.0.0'], 'HOST_NOT_LOOPBACK', 'authentication'],
    [['--host', '192.168.0.7'], 'HOST_NOT_LOOPBACK', 'reverse proxy'],
  ])('refuses %j with %s', (argv, code, text) => {
    expect(() => parse(argv)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) }),
    )
  })
})
