import { createHash, generateKeyPairSync } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { tar } from './archive.ts'
import type { PageInput } from './browser-page.ts'
import { missingChromium, runInChromium } from './chromium.ts'
import { missingRegistry, startDebianRegistry } from './debian-registry.ts'
import { fakeArtifact, serving, startServer, type Handler } from './hostile-server.ts'
import { someModule } from './modules.ts'

const module = someModule(250_000)

/** Lets pages of other origins in, as a registry for browsers must. */
function open(handle: Handler): Handler {
  return (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'authorization, accept, range')
    response.setHeader('access-control-expose-headers', 'www-authenticate, docker-content-digest')
    if (request.method !== 'OPTIONS') return handle(request, response)
    response.writeHead(204).end()
    return undefined
  }
}

test.skipIf(missingChromium !== '' || missingRegistry !== '')(
  'a page pushes, signs, pulls, verifies, keeps and searches like Node does',
  { timeout: 120_000 },
  async () => {
    const registry = await startDebianRegistry()
    const tarball = gzipSync(tar([{ name: 'package/a.wasm', bytes: module }]))
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    await using target = await startServer(open((_, response) => void response.end(module)))
    await using redirecting = await startServer(
      open(
        serving(fakeArtifact(module), (request, response) => {
          if (request.headers.authorization === undefined) {
            response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end()
            return true
          }
          if (request.url?.includes('/blobs/') !== true) return false
          response.writeHead(307, { location: `${target.origin}/blob` }).end()
          return true
        }),
      ),
    )
    await using npm = await startServer(
      open((request, response) => {
        const tarballUrl = `http://${request.headers.host}/pkg.tgz`
        if (request.url === '/pkg.tgz') response.end(tarball)
        else
          response.end(
            JSON.stringify({ version: '1.0.0', dist: { tarball: tarballUrl, integrity } }),
          )
      }),
    )
    try {
      const keys = generateKeyPairSync('ec', {
        namedCurve: 'P-256',
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      })
      const input: PageInput = {
        registry: registry.origin,
        redirecting: redirecting.origin,
        target: target.host,
        npm: npm.origin,
        module: [...module],
        ...keys,
      }
      const told = await runInChromium('/test/registry/browser-page.ts', input)
      expect(told).toEqual({
        pulled: true,
        kept: true,
        description: 'Pushed by a page',
        search: ['from/browser'],
        refused: 'FORBIDDEN',
        redirected: true,
        npm: true,
        file: 'FORBIDDEN',
        list: ['npm:pkg'],
        // The payload of the signature; the module is the package's too.
        pruned: 1,
        partials: [],
      })
      expect(target.credentials.every((header) => header === undefined)).toBe(true)
    } finally {
      await registry.stop()
    }
  },
)
