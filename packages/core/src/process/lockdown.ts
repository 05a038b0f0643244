import { syncBuiltinESMExports } from 'node:module'
import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
import os from 'node:os'
import inspector from 'node:inspector'
import workers from 'node:worker_threads'

/** Thrown by everything that a locked process no longer has. */
export class LockedError extends Error {
  override readonly name = 'LockedError'
  readonly code = 'ERR_LOCKED'
}

const deniedProcessMembers = [
  'binding',
  '_linkedBinding',
  'dlopen',
  'kill',
  '_kill',
  '_debugProcess',
  '_debugEnd',
  '_getActiveHandles',
  '_getActiveRequests',
  'execve',
  'chdir',
  'setuid',
  'seteuid',
  'setgid',
  'setegid',
  'setgroups',
  'initgroups',
  'loadEnvFile',
] as const

const deniedGlobals = ['fetch', 'WebSocket', 'EventSource', 'BroadcastChannel'] as const

/**
 * Removes from this process what Node's permission model leaves: the network, signals to other processes, new workers
 * and Node's internals. It cannot be undone. Call it before anything untrusted runs, after the watchdog was started.
 */
export function lockDown(): void {
  for (const name of deniedGlobals) Reflect.deleteProperty(globalThis, name)
  denyMembers(net.Socket.prototype, ['connect'])
  denyMembers(net.Server.prototype, ['listen'])
  denyMembers(net, ['connect', 'createConnection'])
  denyMembers(dgram.Socket.prototype, ['bind', 'connect', 'send'])
  denyMembers(dgram, ['createSocket'])
  for (const { prototype } of [dns.Resolver, dns.promises.Resolver])
    denyMembers(prototype, Object.getOwnPropertyNames(prototype))
  denyFunctions(dns)
  denyFunctions(dns.promises)
  denyMembers(inspector, ['open', 'Session'])
  denyMembers(workers.Worker.prototype, ['constructor'])
  denyMembers(workers, ['Worker', 'BroadcastChannel'])
  denyMembers(os, ['setPriority', 'networkInterfaces', 'hostname', 'userInfo', 'homedir'])
  denyMembers(process, deniedProcessMembers)
  syncBuiltinESMExports()
}

function denyFunctions(owner: object): void {
  denyMembers(
    owner,
    Object.keys(owner).filter((name) => typeof Reflect.get(owner, name) === 'function'),
  )
}

function denyMembers(owner: object, names: readonly string[]): void {
  for (const name of names) {
    if (!(name in owner)) continue
    const denied = (): never => {
      throw new LockedError(`${name} is not available in a locked process`)
    }
    Reflect.defineProperty(owner, name, { value: denied, writable: false, configurable: false })
    if (Reflect.get(owner, name) !== denied)
      throw new LockedError(`${name} could not be taken away`)
  }
}
