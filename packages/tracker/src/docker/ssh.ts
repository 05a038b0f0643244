import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import type { Endpoint } from './endpoint.ts'

const longestComplaint = 500

/** A connection to an engine behind ssh: the standard streams of `docker system dial-stdio` on the far side. */
export const connectOverSsh = (
  endpoint: Extract<Endpoint, { kind: 'ssh' }>,
  command: readonly string[],
): Duplex => {
  const [program = 'ssh', ...options] = command
  const port = endpoint.port === undefined ? [] : ['-p', String(endpoint.port)]
  const args = [...options, ...port, '--', endpoint.target, 'docker', 'system', 'dial-stdio']
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const connection = new Duplex({
    read: () => void child.stdout.resume(),
    // A failed write says less than the exit that follows it.
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill()
      done(error)
    },
  })
  let complaint = ''
  child.stdin.on('error', () => {})
  child.stdout.on('data', (chunk) => void (connection.push(chunk) || child.stdout.pause()))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-longestComplaint)
  })
  child.once('error', (error) => connection.destroy(error))
  child.once('close', (code) => {
    if (code === 0) return void connection.push(null)
    const message = `${program} ended with code ${code}: ${complaint.trim()}`
    connection.destroy(Object.assign(new Error(message), { code: 'ECONNRESET' }))
  })
  return connection
}
