import { createServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/process/frames.ts'
import {
  startLockedProcess,
  type LockedProcess,
  type ProcessEnd,
} from '../../src/process/locked-process.ts'
import { encodeMessage, toChild, toParent } from '../../src/process/messages.ts'

const started: LockedProcess[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.kill()))
})

function start(fixture: string): LockedProcess {
  const entry = new URL(`./fixtures/${fixture}.ts`, import.meta.url)
  const process = startLockedProcess({ entry })
  started.push(process)
  return process
}

const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a locked process', () => {
  it('cannot reach the network, files, programs, signals, workers or generated code, even from its own JavaScript', async () => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const child = start('probe')
    const results = await new Promise<Record<string, string>>((resolve, reject) => {
      child.listen({
        onFrame: (frame) =>
          resolve(
            JSON.parse(new TextDecoder().decode(frame.payload.subarray(1))) as Record<
              string,
              string
            >,
          ),
        onEnd: (end) => reject(new Error(end.message)),
      })
      child.send(
        encodeFrame(1, new TextEncoder().encode(String((server.address() as AddressInfo).port))),
      )
    })
    server.close()
    expect(connections).toBe(0)
    expect(Object.keys(results).length).toBeGreaterThan(20)
    expect(Object.entries(results).filter(([, result]) => result.startsWith('worked'))).toEqual([])
    expect(results).toMatchObject({
      'fs.read': 'ERR_ACCESS_DENIED',
      'fs.write': 'ERR_ACCESS_DENIED',
      spawnSync: 'ERR_ACCESS_DENIED',
      'net.connect': 'ERR_LOCKED',
      environment: 'empty',
    })
  })

  it.each([
    ['a type that no child sends', encodeFrame(77)],
    [
      'a frame that is larger than its type may be',
      encodeFrame(toParent.exit, new Uint8Array(5000)).subarray(0, 5),
    ],
    ['a length of four gigabytes', Uint8Array.of(255, 255, 255, 255, toParent.output)],
  ])('is killed for sending %s', async (_what, bytes) => {
    const child = start('hostile')
    const end = await new Promise<ProcessEnd>((resolve) => {
      child.listen({ onFrame: () => undefined, onEnd: resolve })
      child.send(encodeFrame(1, bytes))
    })
    expect(end.reason).toBe('protocol')
    expect(exists(child.pid)).toBe(false)
  })

  it('is gone when kill resolves', async () => {
    const child = startLockedProcess()
    started.push(child)
    await new Promise<void>((resolve) => {
      child.listen({ onFrame: () => resolve(), onEnd: () => resolve() })
      child.send(
        encodeMessage(toChild.configure, {
          memoryLimitBytes: 2 ** 26,
          quota: { bytes: 1000, inodes: 10 },
          prepare: 'none',
        }),
      )
    })
    expect(child.isAlive).toBe(true)
    await child.kill()
    expect(exists(child.pid)).toBe(false)
  })
})
