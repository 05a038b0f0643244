import {
  decodeHeaded,
  decodeList,
  encodeFrame,
  encodeHeaded,
  encodeList,
  ProtocolError,
  type Frame,
} from '../../process/frames.ts'
import type { WatchdogLimits } from '../../process/watchdog-client.ts'
import { compileBridge } from '../../abi/budget.ts'
import type { PreparedComponent } from '../../abi/component/prepare.ts'
import type { AbiName } from '../../abi/guest.ts'
import type { LimitPlan, PreparedModule } from '../../abi/prepare.ts'
import type { ExportShape, ModuleShape } from '../../binary/module-shape.ts'
import type { FunctionType } from '../../binary/types.ts'
import type { Ask, Report, Seen } from '../remote/messages.ts'
import { slim } from '../remote/slim.ts'
import { decodeValue, encodeValue } from './codec.ts'

/** Frames to the child: an ask. */
export const askFrame = 1
/** Frames from the child. */
export const reportFrame = 2

/** A shape without its maps. */
interface SentShape extends Omit<ModuleShape, 'importedTypes' | 'exports' | 'customSections'> {
  readonly importedTypes: readonly (readonly [string, FunctionType])[]
  readonly exports: readonly (readonly [string, ExportShape])[]
  readonly customSections: readonly (readonly [string, Uint8Array])[]
}

/** What the child needs to know of a module it compiles itself. */
interface SentModule {
  readonly shape: SentShape
  readonly bytes: Uint8Array
  readonly abi: AbiName
  readonly optional: readonly string[]
  readonly plan: LimitPlan
  readonly digest: string
  /** Where it is one; what stands above is then of its first core module, without the bytes. */
  readonly component?: SentComponent
}

interface SentComponent extends Omit<PreparedComponent, 'cores'> {
  readonly cores: readonly (readonly [string, SentModule])[]
}

export function encodeAsk(ask: Ask, limits: WatchdogLimits): Uint8Array {
  const sent = ask.kind === 'start' ? { ...ask, prepared: toSent(ask.prepared) } : ask
  return encode(askFrame, { ask: sent, limits })
}

/** Trusts its bytes: they come from the parent. */
export function decodeAsk(frame: Frame): { ask: Ask; limits: WatchdogLimits } {
  const { ask, limits } = decode(frame) as { ask: Ask; limits: WatchdogLimits }
  if (ask.kind !== 'start') return { ask, limits }
  return { ask: { ...ask, prepared: fromSent(ask.prepared as unknown as SentModule) }, limits }
}

export function encodeReport(report: Report): Uint8Array {
  return encode(reportFrame, report)
}

/** Throws `ProtocolError` for anything that is no report. */
export function decodeReport(frame: Frame): Report {
  const value = parseRecord(decode(frame))
  const { kind } = value
  if (kind === 'answer' || kind === 'failure') {
    if (!Number.isSafeInteger(value['id'])) bad('an answer belongs to nothing')
    parseSeen(value['seen'])
    if (kind === 'failure') parseError(value['error'])
  } else if (kind === 'output') {
    if (!(value['bytes'] instanceof Uint8Array)) bad('output has no bytes')
    if (value['stream'] !== 'stdout' && value['stream'] !== 'stderr') bad('output of no stream')
  } else if (kind === 'log') {
    if (typeof value['text'] !== 'string' || typeof value['level'] !== 'number') bad('a bad log')
  } else if (kind !== 'emit' || typeof value['topic'] !== 'string') bad('a report of no kind')
  return value as unknown as Report
}

function parseSeen(value: unknown): asserts value is Seen {
  const { allocatedBytes, usedBytes, state } = parseRecord(value)
  for (const one of [allocatedBytes, usedBytes])
    if (!Number.isSafeInteger(one) || (one as number) < 0) bad('a size is no number')
  if (state === undefined) return
  const { version, error } = parseRecord(state)
  if (typeof version !== 'number' && typeof version !== 'bigint') bad('a state has no version')
  if (error !== undefined) parseError(error)
}

function parseError(value: unknown): void {
  const { name, message, code, details, cause } = parseRecord(value)
  const isText = typeof name === 'string' && typeof message === 'string'
  const isOptional = [code, cause].every((one) => one === undefined || typeof one === 'string')
  if (!isText || !isOptional) bad('an error is none')
  if (details !== undefined) parseRecord(details)
}

function parseRecord(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  return bad('an object is missing')
}

function bad(what: string): never {
  throw new ProtocolError(`the child sent what no child sends: ${what}`)
}

function toSent(prepared: PreparedModule): SentModule {
  const { shape, bytes, abi, optional, plan, digest, component } = slim(prepared)
  const maps = {
    importedTypes: [...shape.importedTypes],
    exports: [...shape.exports],
    customSections: [...shape.customSections],
  }
  const sent = { shape: { ...shape, ...maps }, bytes, abi, optional: [...optional], plan, digest }
  if (component === undefined) return sent
  const cores = [...component.cores].map(([name, core]) => [name, toSent(core)] as const)
  return { ...sent, bytes: new Uint8Array(), component: { ...component, cores } }
}

function fromSent({ component, ...sent }: SentModule): PreparedModule {
  const cores = component?.cores.map(([name, core]) => [name, fromSent(core)] as const) ?? []
  const module =
    cores[0]?.[1].module ?? new WebAssembly.Module(sent.bytes as Uint8Array<ArrayBuffer>)
  return {
    ...sent,
    ...(component && { component: { ...component, cores: new Map(cores) } }),
    optional: new Set(sent.optional),
    shape: {
      ...sent.shape,
      importedTypes: new Map(sent.shape.importedTypes),
      exports: new Map(sent.shape.exports),
      customSections: new Map(sent.shape.customSections),
    },
    module,
    bridge: compileBridge(),
    sizeBytes: sent.bytes.length,
  }
}

function encode(type: number, value: unknown): Uint8Array {
  const { head, items } = encodeValue(value)
  return encodeFrame(type, encodeHeaded(head, encodeList(items)))
}

function decode(frame: Frame): unknown {
  const { head, body } = decodeHeaded(frame.payload)
  try {
    return decodeValue({ head, items: decodeList(body) })
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError(error instanceof Error ? error.message : String(error))
  }
}
