import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { listenHttp } from '../../src/http/http-listener.ts'
import { listenOnLoopback } from '../../src/http/loopback.ts'

const setting = '--port or GAESUP_PORT'
const listen = (host: string, port: number) =>
  listenHttp((_request, response) => void response.end('here'), host, port)

describe('listening on loopback', () => {
  it('answers on localhost and on no other address of the machine', async () => {
    const server = await listenOnLoopback({ port: 0, setting, listen })
    expect(await (await fetch(`http://localhost:${server.port}`)).text()).toBe('here')
    const outside = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address !== undefined && !address.internal && address.family === 'IPv4')
    for (const address of outside) {
      await expect(fetch(`http://${address?.address}:${server.port}`)).rejects.toThrow()
    }
    await server.close()
    await expect(fetch(`http://localhost:${server.port}`)).rejects.toThrow()
  })

  it.each(['127.0.0.1', '::1'])('names the setting when the port is taken on %s', async (host) => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, host, resolve))
    const { port } = other.address() as AddressInfo
    await expect(listenOnLoopback({ port, setting, listen })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(
        `Port ${port} is taken by another program. Choose another one with ${setting}.`,
      ),
    })
    other.close()
  })
})
