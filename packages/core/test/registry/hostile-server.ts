import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  createMemoryStore,
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from '../../src/registry/index.ts'
import { sha256 } from './modules.ts'

export type Handler = (
  request: IncomingMessage & { body: Buffer },
  response: ServerResponse,
) => void | Promise<void>

export interface HostileServer extends AsyncDisposable {
  readonly origin: string
  readonly host: string
  /** Method, path and query of every request, in order. */
  readonly seen: string[]
  /** The `authorization` header of every request, in order. */
  readonly credentials: (string | undefined)[]
}

/** A server that does what a test says, wrong as it may be. */
export async function startServer(handle: Handler): Promise<HostileServer> {
  const seen: string[] = []
  const credentials: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    credentials.push(request.headers.authorization)
    void take(request, response).catch(() => response.destroy())
  })
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    await handle(Object.assign(request, { body: Buffer.concat(chunks) }), response)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port.')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    host: `127.0.0.1:${address.port}`,
    seen,
    credentials,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface FakeArtifact {
  readonly manifest: Buffer
  readonly blobs: ReadonlyMap<string, Uint8Array>
  readonly layer: string
}

/** A correct artifact for one module, to be served wrongly. */
export function fakeArtifact(
  module: Uint8Array,
  changes: Record<string, unknown> = {},
): FakeArtifact {
  const config = Buffer.from('{}')
  const layer = sha256(module)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: { mediaType: 'application/vnd.wasm.config.v0+json', digest: sha256(config), size: 2 },
      layers: [{ mediaType: 'application/wasm', digest: layer, size: module.length }],
      ...changes,
    }),
  )
  return {
    manifest,
    layer,
    blobs: new Map([
      [layer, module],
      [sha256(config), config],
    ]),
  }
}

/** Serves an artifact as it should be, unless `wrongly` answers first by returning `true`. */
export function serving(
  { manifest, blobs }: FakeArtifact,
  wrongly: (...request: Parameters<Handler>) => boolean | Promise<boolean> = () => false,
): Handler {
  return async (request, response) => {
    if (await wrongly(request, response)) return
    const path = request.url ?? ''
    if (path.includes('/manifests/')) {
      response
        .writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' })
        .end(manifest)
      return
    }
    const blob = [...blobs].find(([digest]) => path.endsWith(`/blobs/${digest}`))?.[1]
    if (blob === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-length': blob.length }).end(blob)
  }
}

/** A client of such a server. */
export function clientOf(
  server: HostileServer,
  options: Partial<RegistryClientOptions> = {},
): RegistryClient {
  return createRegistryClient({
    registry: server.origin,
    store: createMemoryStore(),
    timeoutMs: 20_000,
    retryDelayMs: 1,
    ...options,
  })
}
