import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { listen } from './proxies.ts'

const serverProgram = '/usr/sbin/sshd'
const isOnPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))

const reasonToSkip = (): string => {
  if (!existsSync(serverProgram)) return 'sshd is not installed (Debian: openssh-server)'
  if (!isOnPath('ssh') || !isOnPath('ssh-keygen'))
    return 'ssh is not installed (Debian: openssh-client)'
  return process.getuid?.() === 0 ? '' : 'an ssh server of our own needs root here'
}

/** Empty when a real ssh server can be started; tests print it and skip otherwise. */
export const sshAbsent: string = reasonToSkip()
if (sshAbsent !== '') console.warn(`skipped: ${sshAbsent}`)

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('data', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })

/** An ssh server on the loopback, with keys, settings and known hosts in a folder of its own. */
export class SshServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tracker-ssh-'))
  readonly #environment: string
  #port = 0
  #process: ChildProcess | undefined

  /** `environment` is set for what the client runs, like `NAME=value`. */
  constructor(environment: string) {
    this.#environment = environment
  }

  get host(): string {
    return `ssh://${userInfo().username}@127.0.0.1:${this.#port}`
  }

  async open(): Promise<void> {
    const probe = createServer()
    this.#port = await listen(probe)
    await new Promise((resolve) => probe.close(resolve))
    for (const name of ['host', 'client', 'stranger'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.#path(name)])
    execFileSync('cp', [this.#path('client.pub'), this.#path('authorized')])
    chmodSync(this.#folder, 0o700)
    // Debian's server wants this folder, which its service makes at boot.
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const settings = [
      `HostKey ${this.#path('host')}`,
      `AuthorizedKeysFile ${this.#path('authorized')}`,
      `SetEnv ${this.#environment}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      `PidFile ${this.#path('pid')}`,
    ]
    writeFileSync(this.#path('config'), `${settings.join('\n')}\n`)
    const place = ['-o', `ListenAddress=127.0.0.1:${this.#port}`, '-f', this.#path('config')]
    const server = spawn(serverProgram, ['-D', '-e', ...place], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = server
    let log = ''
    server.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
    for (let attempt = 0; !(await answers(this.#port)); attempt += 1) {
      if (attempt > 100 || server.exitCode !== null) throw new Error(`sshd did not start: ${log}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** The ssh client with one of the keys, and nothing of the user's own settings. */
  command(key: 'client' | 'stranger'): readonly string[] {
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=accept-new',
      `UserKnownHostsFile=${this.#path('known')}`,
      `IdentityFile=${this.#path(key)}`,
    ]
    return ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', option])]
  }

  async close(): Promise<void> {
    const server = this.#process
    if (server !== undefined && server.exitCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill()
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }
}
