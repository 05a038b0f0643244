import type { Principal, ServerTransport } from '../ports.ts'
import { isWireError, SandboxError } from '../protocol/errors.ts'
import {
  formatBatch,
  formatError,
  formatNotification,
  formatOutput,
  formatResult,
} from '../protocol/format.ts'
import type {
  IncomingItem,
  IncomingNotification,
  IncomingRequest,
  RawId,
} from '../protocol/json-rpc.ts'
import { parseIncoming, type ParseLimits } from '../protocol/parse.ts'
import { dispatchCall, type CallContext } from './dispatch.ts'
import { openInFlight, type InFlight } from './in-flight.ts'
import { openOutbound, type Outbound, type OutboundLimits } from './outbound.ts'
import type { RateLimiter } from './rate-limit.ts'

export interface ConnectionLimits {
  readonly parse: ParseLimits
  readonly outbound: OutboundLimits
  /** Most requests of one connection that are being served. */
  readonly maxInFlight: number
  /** Most text of requests of one connection that are being served, UTF-16 code units. */
  readonly maxInFlightLength: number
}

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly base: Omit<
    CallContext,
    'principal' | 'signal' | 'notify' | 'notifyOutput' | 'whenWritable' | 'cancel' | 'rawParams'
  >
  readonly clock: { now(): number; schedule(delayMs: number, run: () => void): () => void }
  readonly limits: ConnectionLimits
  readonly limiter: RateLimiter | undefined
  /** Told about defects of the server itself. */
  onDefect(error: unknown): void
  onClosed(): void
}

type Call = IncomingRequest | IncomingNotification

interface Wire {
  readonly host: ConnectionHost
  readonly principal: Principal | undefined
  readonly outbound: Outbound
  readonly inFlight: InFlight
}

const toContext = (wire: Wire, item: Call, signal: AbortSignal): CallContext => {
  const id = item.kind === 'request' ? item.id : 'null'
  let seq = 0
  return {
    ...wire.host.base,
    principal: wire.principal,
    signal,
    rawParams: item.rawParams,
    whenWritable: () => wire.outbound.whenWritable(),
    cancel: (rawId) => wire.inFlight.cancel(rawId),
    notify: (method, params) => wire.outbound.send(formatNotification(method, params)),
    notifyOutput: (sessionId, stream, data) =>
      wire.outbound.send(formatOutput(id, { sessionId, stream, seq: seq++, data })),
  }
}

const toErrorText = (wire: Wire, id: RawId, error: unknown): string => {
  if (isWireError(error)) return formatError(id, error)
  wire.host.onDefect(error)
  return formatError(id, {
    code: 'INTERNAL_ERROR',
    message: 'The server failed to serve this request.',
  })
}

/** Serves one call; answers its text, or undefined for a notification. */
const serveCall = async (wire: Wire, item: Call, length: number): Promise<string | undefined> => {
  const id = item.kind === 'request' ? item.id : undefined
  let entry: ReturnType<InFlight['open']> | undefined
  try {
    wire.host.limiter?.take(wire.principal?.id ?? '')
    entry = wire.inFlight.open(id, length)
    const result = await dispatchCall(item, toContext(wire, item, entry.signal))
    return id === undefined ? undefined : formatResult(id, result)
  } catch (error) {
    return id === undefined ? undefined : toErrorText(wire, id, error)
  } finally {
    entry?.end()
  }
}

const serveItem = async (
  wire: Wire,
  item: IncomingItem,
  length: number,
): Promise<string | undefined> => {
  if (item.kind === 'stray') return undefined
  return item.kind === 'fault' ? formatError(item.id, item) : serveCall(wire, item, length)
}

const serveMessage = async (wire: Wire, text: string): Promise<void> => {
  const incoming = parseIncoming(text, wire.host.limits.parse)
  if (incoming.kind === 'single') {
    const answer = await serveItem(wire, incoming.item, text.length)
    if (answer !== undefined) wire.outbound.send(answer)
    return
  }
  const share = text.length / incoming.items.length
  const answers = await Promise.all(incoming.items.map((item) => serveItem(wire, item, share)))
  const batch = formatBatch(answers.filter((answer) => answer !== undefined))
  if (batch !== undefined) wire.outbound.send(batch)
}

/** Serves one client until its transport ends; then everything it had asked for is cancelled. */
export const openConnection = (
  transport: ServerTransport,
  principal: Principal | undefined,
  host: ConnectionHost,
): void => {
  const { limits } = host
  const inFlight = openInFlight({
    maxCount: limits.maxInFlight,
    maxLength: limits.maxInFlightLength,
  })
  const cancelAll = (): void =>
    inFlight.abortAll(new SandboxError('CANCELLED', 'The connection ended.'))
  const outbound = openOutbound(
    transport,
    { clock: host.clock, onOverload: cancelAll },
    limits.outbound,
  )
  const wire: Wire = { host, principal, outbound, inFlight }
  transport.listen({
    onText: (text) => {
      if (outbound.ended) return
      serveMessage(wire, text).catch((error: unknown) => host.onDefect(error))
    },
    onClose: () => {
      outbound.end()
      cancelAll()
      host.onClosed()
    },
  })
}
