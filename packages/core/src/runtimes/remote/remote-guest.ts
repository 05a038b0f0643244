import type { GuestHost } from '../../abi/guest-host.ts'
import type { Guest, GuestImage, GuestState } from '../../abi/guest.ts'
import type { PreparedModule } from '../../abi/prepare.ts'
import { isFinal } from '../../containers/endings.ts'
import { ContainerError, ContainerStartupError } from '../../errors.ts'
import { Conversation } from './conversation.ts'
import { toHostPlan } from './host-plan.ts'
import type { GuestLink } from './link.ts'
import type { Description, Report, Seen, StateSeen } from './messages.ts'
import { fromWireError } from './wire-error.ts'

/** Instantiating a large module takes longer than a call. */
const startMs = 30_000
const closeMs = 1000

interface Mirror {
  memory: { allocatedBytes: number; usedBytes: number }
  state: StateSeen
}

/** A module that runs at the other end of a link. Rejects with `ContainerError`s. */
export async function openRemoteGuest(
  link: GuestLink,
  prepared: PreparedModule,
  host: GuestHost,
): Promise<Guest> {
  const mirror: Mirror = {
    memory: { allocatedBytes: 0, usedBytes: 0 },
    state: { version: 0, value: undefined },
  }
  const conversation = new Conversation(link, {
    onSeen: (seen) => copySeen(mirror, seen),
    onMessage: (report) => passOn(host, report),
  })
  try {
    const plan = toHostPlan(host, `a ${link.place}`)
    const { maxCpuTimeMs } = host.budget
    const order = { kind: 'start', prepared, plan, control: link.control } as const
    const description = await conversation.ask(order, { limitMs: maxCpuTimeMs + startMs })
    return toGuest({ conversation, mirror, maxCpuTimeMs, ...(description as Description) })
  } catch (error) {
    await conversation.kill(new ContainerError('The module did not start.', 'STOPPED'))
    throw toStartError(error, link.place)
  }
}

/** A place that was never there is no place that was lost. */
function toStartError(error: unknown, place: string): unknown {
  if (!(error instanceof ContainerError) || !isFinal(error)) return error
  return new ContainerStartupError(
    `The module did not start in its ${place}: ${error.message}`,
    'STARTUP_FAILED',
    { cause: error },
  )
}

interface Parts extends Description {
  readonly conversation: Conversation
  readonly mirror: Mirror
  readonly maxCpuTimeMs: number
}

function toGuest(parts: Parts): Guest {
  const { conversation, mirror, maxCpuTimeMs: limitMs } = parts
  return {
    abi: parts.abi,
    functions: parts.functions,
    lost: conversation.lost,
    call: (name, args, { signal, as }) =>
      conversation.ask({ kind: 'call', name, args, as }, { limitMs, signal }),
    memory: () => mirror.memory,
    ...(parts.hasState ? { state: remoteState(parts) } : {}),
    ...(parts.hasHealth
      ? { health: () => conversation.ask({ kind: 'health' }, { limitMs }) as Promise<number> }
      : {}),
    capture: () => conversation.ask({ kind: 'capture' }) as Promise<GuestImage>,
    restore: async (image) => void (await conversation.ask({ kind: 'restore', image })),
    close: () => close(conversation),
  }
}

function remoteState({ conversation, mirror, maxCpuTimeMs: limitMs }: Parts): GuestState {
  return {
    version: () => mirror.state.version,
    read() {
      if ('error' in mirror.state) throw fromWireError(mirror.state.error)
      return mirror.state.value
    },
    write: async (value) => void (await conversation.ask({ kind: 'write', value }, { limitMs })),
  }
}

async function close(conversation: Conversation): Promise<void> {
  const stopped = new ContainerError('The container was stopped.', 'STOPPED')
  if (conversation.isBusy) return conversation.kill(stopped)
  try {
    await conversation.ask({ kind: 'close' }, { limitMs: closeMs })
  } catch {
    // A place that does not close its module is not used again.
    return conversation.kill(stopped)
  }
  await conversation.leave(stopped)
}

function copySeen(mirror: Mirror, { allocatedBytes, usedBytes, state }: Seen): void {
  mirror.memory = { allocatedBytes, usedBytes }
  if (state !== undefined) mirror.state = state
}

function passOn(host: GuestHost, report: Exclude<Report, { kind: 'answer' | 'failure' }>): void {
  if (report.kind === 'output') host.onOutput(report.stream, report.bytes)
  else if (report.kind === 'log') host.onLog(report.level, report.text)
  else host.emit(report.topic, report.data)
}
