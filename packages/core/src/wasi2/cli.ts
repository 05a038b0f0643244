import { ProcessExit } from '../wasi/guest.ts'
import { InputStream, OutputStream } from './streams.ts'
import { ask, demand, type World } from './world.ts'

/** What no container has: its functions give none. */
class Terminal {
  readonly kind = 'terminal'
}

export function createCli(world: World): Record<string, Readonly<Record<string, unknown>>> {
  let read = 0
  const output = (stream: 'stdout' | 'stderr') => (): OutputStream =>
    new OutputStream({
      write(bytes) {
        ask(world, 'fd_write')
        // What is kept longer than the call must be no view of the guest's memory.
        if (bytes.length > 0) world.write(stream, bytes.slice())
      },
    })
  const getStdin = (): InputStream =>
    new InputStream({
      read(count) {
        ask(world, 'fd_read')
        const bytes = world.stdin.slice(read, read + count)
        read += bytes.length
        return bytes.length === 0 ? undefined : bytes
      },
    })
  return {
    'wasi:cli/environment': {
      getEnvironment(): [string, string][] {
        demand(world, 'environ_get')
        return Object.entries(world.env)
      },
      getArguments(): string[] {
        demand(world, 'args_get')
        return [...world.args]
      },
      initialCwd: () => world.preopens[0],
    },
    'wasi:cli/exit': {
      exit(status: { readonly tag: 'ok' | 'err' }): never {
        throw new ProcessExit(status.tag === 'ok' ? 0 : 1)
      },
      exitWithCode(code: number): never {
        throw new ProcessExit(code)
      },
    },
    'wasi:cli/stdin': { getStdin },
    'wasi:cli/stdout': { getStdout: output('stdout') },
    'wasi:cli/stderr': { getStderr: output('stderr') },
    'wasi:cli/terminal-input': { TerminalInput: Terminal },
    'wasi:cli/terminal-output': { TerminalOutput: Terminal },
    'wasi:cli/terminal-stdin': { getTerminalStdin: () => undefined },
    'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
    'wasi:cli/terminal-stderr': { getTerminalStderr: () => undefined },
  }
}
