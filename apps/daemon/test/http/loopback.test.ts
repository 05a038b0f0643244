import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { listenHttp } from '../../src/http/http-listener.ts'
import { listenOnLoopback } from '../../src/http/loopback.ts'

const setting = '--port or GAESUP_PORT'
const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === '::1')
const listen = (host: string, port: number) =>
  listenHttp((_request, response) => void response.end('here'), host, port)

const taken = () => Object.assign(new Error('taken'), { code: 'EADDRINUSE', syscall: 'listen' })

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

  it.for(['127.0.0.1', '::1'])(
    'names the setting when the port is taken on %s',
    async (host, { skip }) => {
      skip(host === '::1' && !hasIpv6, 'this machine has no IPv6')
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
    },
  )

  it('takes another free port when the first is taken on the other address', async () => {
    const [asked, closed]: [string[], number[]] = [[], []]
    const free = [5001, 5002]
    const server = await listenOnLoopback({
      port: 0,
      setting,
      async listen(host, wanted) {
        asked.push(`${host} ${wanted}`)
        if (host === '::1' && wanted === 5001) throw taken()
        const port = wanted === 0 ? (free.shift() ?? 0) : wanted
        return { port, close: async () => void closed.push(port) }
      },
    })
    expect(server.port).toBe(5002)
    expect(asked).toEqual(['127.0.0.1 0', '::1 5001', '127.0.0.1 0', '::1 5002'])
    expect(closed).toEqual([5001])
  })

  it('gives up when no port is free on both addresses', async () => {
    let opened = 0
    const listen = async (host: string) => {
      if (host === '::1') throw taken()
      opened += 1
      return { port: 5000, close: async () => void (opened -= 1) }
    }
    await expect(listenOnLoopback({ port: 0, setting, listen })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    })
    expect(opened).toBe(0)
  })
})
