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
  const remote = ['docker', 'system', 'dial-stdio']
  const child = spawn(program, [...options, ...port, '--', endpoint.target, ...remote], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const connection = Duplex.from({ readable: child.stdout, writable: child.stdin })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-longestComplaint)
  })
  child.once('error', (error) => connection.destroy(error))
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) {
      const error = Object.assign(
        new Error(`${program} ended with code ${code}: ${complaint.trim()}`),
        { code: 'ECONNRESET' },
      )
      connection.destroy(error)
    }
  })
  connection.once('close', () => child.kill())
  return connection
}
