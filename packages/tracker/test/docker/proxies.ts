import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'

/** Joins a connection to the engine behind a socket. */
export const pipeTo =
  (socketPath: string) =>
  (socket: Socket): void => {
    const engine = connect(socketPath)
    socket.pipe(engine).pipe(socket)
    socket.on('error', () => engine.destroy())
    engine.on('error', () => socket.destroy())
    socket.on('close', () => engine.destroy())
  }

/** Listens on a free port of the loopback, or on a path. */
export const listen = (server: Server, path?: string): Promise<number> =>
  new Promise((resolve) => {
    const done = (): void => {
      const address = server.address() as AddressInfo | string
      resolve(typeof address === 'string' ? 0 : address.port)
    }
    if (path === undefined) server.listen(0, '127.0.0.1', done)
    else server.listen(path, done)
  })

/** A way to an engine that a test can cut and open again. */
export class Proxy {
  readonly server: Server
  readonly #sockets = new Set<Socket>()
  #refuses = false

  constructor(socketPath: string, tls?: { key: string; cert: string }) {
    const pipe = pipeTo(socketPath)
    const accept = (socket: Socket): void => {
      if (this.#refuses) return void socket.destroy()
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      pipe(socket)
    }
    this.server =
      tls === undefined
        ? createServer(accept)
        : createTlsServer(
            { ...tls, ca: tls.cert, requestCert: true, rejectUnauthorized: true },
            accept,
          )
    this.server.on('tlsClientError', () => {})
  }

  cut(): void {
    this.#refuses = true
    for (const socket of this.#sockets) socket.destroy()
  }

  open(): void {
    this.#refuses = false
  }

  close(): void {
    this.cut()
    this.server.close()
  }
}

/** A key and a certificate that signs itself for the loopback address, made on the spot. */
export const makeCertificate = (
  name = 'localhost',
): { readonly key: string; readonly cert: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-tls-'))
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2']
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...subject], {
    cwd: folder,
    stdio: 'pipe',
  })
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  const made = { key: read('key.pem'), cert: read('cert.pem') }
  rmSync(folder, { recursive: true })
  return made
}
