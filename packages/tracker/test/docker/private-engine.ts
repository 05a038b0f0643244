import { execFile, execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { docker as shared, engineAbsent, image, until } from './engine.ts'

const run = promisify(execFile)
const quiet = (program: string, ...args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

const reasonToSkip = (): string => {
  if (engineAbsent !== '') return engineAbsent
  if (process.getuid?.() !== 0) return 'starting an engine needs root'
  return quiet('sh', '-c', 'command -v dockerd && command -v ip')
    ? ''
    : 'dockerd or ip is not installed'
}

/** Empty when an engine of our own can be started. */
export const privateEngineAbsent: string = reasonToSkip()
if (privateEngineAbsent !== '') console.warn(`skipped: ${privateEngineAbsent}`)

/**
 * An engine that a test may kill: its own folders, socket, containerd and bridge. It leaves the host's firewall, forwarding and
 * the other engine's bridge alone; `--bridge=none` would delete that one, so it has a bridge of its own.
 */
export class PrivateEngine {
  /** Everything of the engine is in here. */
  readonly folder: string = mkdtempSync(join(tmpdir(), 'trk-engine-'))
  readonly #bridge = `trk${process.pid}`
  readonly socketPath: string = join(this.folder, 'd.sock')
  #process: ChildProcess | undefined

  async open(): Promise<void> {
    execFileSync('ip', ['link', 'add', this.#bridge, 'type', 'bridge'])
    execFileSync('ip', ['addr', 'add', `10.213.${process.pid % 250}.1/24`, 'dev', this.#bridge])
    await this.start()
    const archive = join(this.folder, 'image.tar')
    await shared('save', '-o', archive, image)
    await this.docker('load', '-i', archive)
  }

  /** Starts the engine; a first start after a crash may fail on what the crash left, so it tries again. */
  async start(): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      this.#process = this.#spawn()
      try {
        const up = { ping: false }
        const asking = setInterval(() => void this.#ping().then((ok) => (up.ping ||= ok)), 50)
        await until(
          'the private engine answers',
          () => up.ping || this.#process?.exitCode !== null,
          20_000,
        ).finally(() => clearInterval(asking))
        if (up.ping) return
      } catch (error) {
        if (attempt === 2) throw error
      }
      if (attempt === 2)
        throw new Error(
          `the private engine did not start: ${readFileSync(join(this.folder, 'log'), 'utf8').slice(-1000)}`,
        )
    }
  }

  /** Ends the engine as a crash would; containers go on. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async docker(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('docker', ['-H', `unix://${this.socketPath}`, ...args])
    return stdout.trim()
  }

  /** Sends a request and gives its status. */
  post(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const ask = request({ socketPath: this.socketPath, path, method: 'POST' }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0))
      })
      ask.once('error', reject).end()
    })
  }

  async close(): Promise<void> {
    const all = await this.docker('ps', '-aq').catch(() => '')
    if (all !== '') await this.docker('rm', '-f', ...all.split('\n')).catch(() => '')
    await this.#end('SIGTERM')
    for (const file of ['exec/containerd/containerd.pid', 'run/containerd/containerd.pid']) {
      const path = join(this.folder, file)
      if (existsSync(path)) quiet('kill', readFileSync(path, 'utf8').trim())
    }
    quiet('ip', 'link', 'del', this.#bridge)
    quiet(
      'sh',
      '-c',
      `umount "${this.folder}"/data/overlay2 "${this.folder}"/data "${this.folder}"/exec/netns/* 2>/dev/null`,
    )
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const engine = this.#process
    if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return
    const ended = new Promise((resolve) => engine.once('exit', resolve))
    engine.kill(signal)
    await ended
  }

  #spawn(): ChildProcess {
    const own = (name: string): string => join(this.folder, name)
    rmSync(own('pid'), { force: true })
    const script = `exec dockerd "$@" >>"${own('log')}" 2>&1`
    const places = [
      '--data-root',
      own('data'),
      '--exec-root',
      own('exec'),
      '--pidfile',
      own('pid'),
      '-H',
      `unix://${this.socketPath}`,
    ]
    const network = [
      '--bridge',
      this.#bridge,
      '--iptables=false',
      '--ip6tables=false',
      '--ip-masq=false',
      '--ip-forward=false',
    ]
    return spawn(
      'sh',
      ['-c', script, 'sh', ...places, ...network, '--live-restore', '--userland-proxy=false'],
      // In a group of its own: Ctrl-C is for whoever uses the engine, which then ends it in order.
      { stdio: 'ignore', detached: true },
    )
  }

  #ping(): Promise<boolean> {
    return new Promise((resolve) => {
      const ask = request(
        { socketPath: this.socketPath, path: '/_ping', timeout: 2000 },
        (response) => {
          response.resume()
          resolve(response.statusCode === 200)
        },
      )
      ask
        .once('timeout', () => ask.destroy())
        .once('error', () => resolve(false))
        .end()
    })
  }
}
