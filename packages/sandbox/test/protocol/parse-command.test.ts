import { describe, expect, test } from 'vitest'
import { parseCommand, parseParams } from '../../src/protocol/index.ts'

describe('both vocabularies', () => {
  test.each([
    [
      { type: 'shell', command: 'ls', args: ['-l'] },
      { type: 'execute_shell', commandName: 'ls', args: ['-l'] },
    ],
    [
      { type: 'execute_shell', command: 'ls' },
      { type: 'execute_shell', commandName: 'ls' },
    ],
    [
      { type: 'shell', commandName: 'ls' },
      { type: 'execute_shell', commandName: 'ls' },
    ],
    [
      { type: 'create_dir', path: 'a' },
      { type: 'create_directory', path: 'a' },
    ],
    [
      { type: 'list_files', path: 'a' },
      { type: 'list_directory', path: 'a' },
    ],
    [
      { type: 'copy_file', source: 'a', destination: 'b' },
      { type: 'copy_file', sourcePath: 'a', destinationPath: 'b' },
    ],
    [
      { type: 'copy_file', sourcePath: 'a', destination: 'b' },
      { type: 'copy_file', sourcePath: 'a', destinationPath: 'b' },
    ],
    [
      { type: 'write_file', path: 'a', content: '', mode: 'Append' },
      { type: 'write_file', path: 'a', content: '', mode: 'Append' },
    ],
    [
      { type: 'read_file', path: 'a', id: 'c-1', timeoutMs: 5 },
      { type: 'read_file', path: 'a', id: 'c-1', timeoutMs: 5 },
    ],
    [
      { type: 'delete_file', path: 'a' },
      { type: 'delete_file', path: 'a' },
    ],
    [{ type: 'list_directory' }, { type: 'list_directory' }],
  ])('%o is read', (sent, command) => {
    expect(parseCommand(sent)).toEqual({ ok: true, value: command })
  })

  test('two names for the same member are refused', () => {
    expect(parseCommand({ type: 'shell', command: 'a', commandName: 'b' })).toEqual({
      ok: false,
      fault: { pointer: '/command', message: 'means the same as "commandName"; send one of them' },
    })
  })
})

describe('what is refused names the member as it was sent', () => {
  test.each([
    [{}, '/type'],
    [{ type: 'format_disk' }, '/type'],
    [{ type: 'toString' }, '/type'],
    [{ type: 7 }, '/type'],
    [{ type: 'write_file', content: '' }, '/path'],
    [{ type: 'write_file', path: '', content: '' }, '/path'],
    [{ type: 'write_file', path: 'a\u0000b', content: '' }, '/path'],
    [{ type: 'write_file', path: 'a'.repeat(4097), content: '' }, '/path'],
    [{ type: 'write_file', path: 'a', content: 5 }, '/content'],
    [{ type: 'write_file', path: 'a', content: '', mode: 'Truncate' }, '/mode'],
    [{ type: 'write_file', path: 'a', content: 'no base64!', encoding: 'base64' }, '/content'],
    [{ type: 'read_file', path: 'a', encoding: 'latin1' }, '/encoding'],
    [{ type: 'execute_shell' }, '/commandName'],
    [{ type: 'execute_shell', commandName: '' }, '/commandName'],
    [{ type: 'shell', command: '' }, '/command'],
    [{ type: 'execute_shell', commandName: 'a', args: 'b' }, '/args'],
    [{ type: 'execute_shell', commandName: 'a', args: ['x', 1] }, '/args/1'],
    [{ type: 'execute_shell', commandName: 'a', env: { 'A B': 'x' } }, '/env/A B'],
    [{ type: 'execute_shell', commandName: 'a', env: { A: 1 } }, '/env/A'],
    [{ type: 'execute_shell', commandName: 'a', stdin: '*', stdinEncoding: 'base64' }, '/stdin'],
    [{ type: 'execute_shell', commandName: 'a', timeoutMs: 0 }, '/timeoutMs'],
    [{ type: 'execute_shell', commandName: 'a', timeoutMs: 300_001 }, '/timeoutMs'],
    [{ type: 'execute_shell', commandName: 'a', timeoutMs: 1.5 }, '/timeoutMs'],
    [{ type: 'execute_shell', commandName: 'a', cpuLimitMs: 300_001 }, '/cpuLimitMs'],
    [{ type: 'read_file', path: 'a', timeoutMs: 300_001 }, '/timeoutMs'],
    [{ type: 'copy_file', source: 'a' }, '/destinationPath'],
    [{ type: 'copy_file', source: '', destination: 'b' }, '/source'],
    [{ type: 'delete_file', path: 'a', recursive: 'yes' }, '/recursive'],
    [{ type: 'read_file', path: 'a', dockerImage: 'x' }, '/dockerImage'],
  ])('%o breaks at %s', (command, pointer) => {
    const parsed = parseCommand(command)
    expect(parsed.ok ? undefined : parsed.fault.pointer).toBe(pointer)
  })
})

describe('parameters', () => {
  test('by position they mean the same as by name', () => {
    expect(parseParams('session.create', ['python', 5, 10, 64, 'wasm', '3.12'])).toEqual({
      ok: true,
      value: {
        language: 'python',
        idleTimeoutMinutes: 5,
        maxLifetimeMinutes: 10,
        memoryLimitMB: 64,
        engine: 'wasm',
        runtime: '3.12',
      },
    })
    expect(parseParams('session.execute', ['s', { type: 'shell', command: 'ls' }])).toEqual({
      ok: true,
      value: { sessionId: 's', command: { type: 'execute_shell', commandName: 'ls' } },
    })
  })

  test.each([
    ['session.create', {}, '/language'],
    ['session.create', { language: '' }, '/language'],
    ['session.create', { language: 'python', idleTimeoutMinutes: 0 }, '/idleTimeoutMinutes'],
    ['session.create', { language: 'python', maxLifetimeMinutes: 10_081 }, '/maxLifetimeMinutes'],
    ['session.create', { language: 'python', memoryLimitMB: -1 }, '/memoryLimitMB'],
    ['session.create', { language: 'python', dockerImage: 'x' }, '/dockerImage'],
    ['session.create', { Language: 'python' }, '/language'],
    ['session.create', ['a', 1, 1, 1, 'e', 'r', 'more'], ''],
    ['session.execute', { sessionId: 's' }, '/command'],
    ['session.execute', { sessionId: 's', command: { type: 'x' } }, '/command/type'],
    ['session.close', {}, '/sessionId'],
    ['session.list', { all: true }, '/all'],
    ['$/cancelRequest', { id: true }, '/id'],
  ] as const)('%s refuses %o at %s', (method, params, pointer) => {
    const parsed = parseParams(method, params)
    expect(parsed.ok ? undefined : parsed.fault.pointer).toBe(pointer)
  })
})
