import modules, { syncBuiltinESMExports } from 'node:module'
import dgram from 'node:dgram'
import dns from 'node:dns'
import net from 'node:net'
import os from 'node:os'
import inspector from 'node:inspector'
import v8 from 'node:v8'
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
  // Tells the names and addresses of the machine.
  'report',
] as const

const deniedGlobals = [
  'fetch',
  'WebSocket',
  'EventSource',
  'BroadcastChannel',
  'localStorage',
  'sessionStorage',
] as const

/** Options of V8 write files, and take back those of the process; the others write or hold what the process knows. */
const deniedV8Members = [
  'setFlagsFromString',
  'writeHeapSnapshot',
  'getHeapSnapshot',
  'setHeapSnapshotNearHeapLimit',
  'startCpuProfile',
  'startHeapProfile',
  'takeCoverage',
  'stopCoverage',
  'startupSnapshot',
] as const

/** Of TCP, UDP and pipes, whose objects programs can come by. */
const deniedHandleMembers = [
  'bind',
  'bind6',
  'listen',
  'connect',
  'connect6',
  'disconnect',
  'send',
  'send6',
  'recvStart',
  'addMembership',
  'addSourceSpecificMembership',
] as const

/**
 * Removes from this process what Node's permission model leaves: the network, signals to other processes, new workers
 * and Node's internals. It cannot be undone. Call it before anything untrusted runs, after the watchdog was started.
 */
export function lockDown(): void {
  denyHandles()
  for (const name of deniedGlobals) Reflect.deleteProperty(globalThis, name)
  denyMembers(net.Socket.prototype, ['connect'])
  denyMembers(net.Server.prototype, ['listen', '_listen2'])
  denyMembers(net, ['connect', 'createConnection', '_createServerHandle', 'BoundSocket'])
  denyMembers(dgram.Socket.prototype, ['bind', 'connect', 'send'])
  denyMembers(dgram, ['createSocket', '_createSocketHandle'])
  for (const { prototype } of [dns.Resolver, dns.promises.Resolver])
    denyMembers(prototype, Object.getOwnPropertyNames(prototype))
  denyFunctions(dns)
  denyFunctions(dns.promises)
  denyMembers(inspector, ['open', 'Session'])
  // Loaders of modules run in a thread of their own, which none of this is taken from.
  denyMembers(modules, ['register', 'registerHooks', 'enableCompileCache', 'flushCompileCache'])
  denyMembers(v8, deniedV8Members)
  denyMembers(workers.Worker.prototype, ['constructor'])
  denyMembers(workers, ['Worker', 'BroadcastChannel'])
  denyMembers(os, ['setPriority', 'networkInterfaces', 'hostname', 'userInfo', 'homedir'])
  denyMembers(process, deniedProcessMembers)
  syncBuiltinESMExports()
}

interface Handle {
  close(): void
}

/** What Node's own classes are made of connects and listens as well, and each of its objects leads to its class. */
function denyHandles(): void {
  const { _createServerHandle: openTcp } = net as unknown as Record<string, OpenHandle | undefined>
  const { _createSocketHandle: openUdp } = dgram as unknown as Record<
    string,
    OpenHandle | undefined
  >
  // Without an address and a port nothing is bound.
  for (const handle of [openTcp?.('', 0, 4), openUdp?.('', 0, 'udp4')]) {
    if (handle === undefined) continue
    if (typeof handle === 'number') throw new LockedError('sockets could not be taken away')
    denyMembers(Object.getPrototypeOf(handle) as object, deniedHandleMembers)
    handle.close()
  }
  const { _handle: pipe } = process.stderr as { _handle?: object }
  if (pipe !== undefined) denyMembers(Object.getPrototypeOf(pipe) as object, deniedHandleMembers)
}

/** Gives the number of an error where it cannot. */
type OpenHandle = (address: string, port: number, kind: number | string) => Handle | number

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
