import { DaemonError } from '../errors.ts'

/** Something that listens on one address. */
export interface Listener {
  readonly port: number
  close(): Promise<void>
}

export interface LoopbackOptions {
  /** 0 takes a free port. */
  readonly port: number
  /** How a person changes the port, for the message when it is taken. */
  readonly setting: string
  /** Opens one listener; rejects with the system's error, or with an error that has it as `cause`. */
  listen(host: string, port: number): Promise<Listener>
}

/**
 * Listens on both loopback addresses, so that `localhost` works whichever of them a client resolves it to. A machine
 * without IPv6 gets the one it has.
 *
 * @throws DaemonError `PORT_TAKEN`
 */
export async function listenOnLoopback(options: LoopbackOptions): Promise<Listener> {
  for (let triesLeft = options.port === 0 ? freePortTries : 1; ;) {
    try {
      return await listenOnBoth(options)
    } catch (error) {
      triesLeft -= 1
      if (triesLeft === 0 || !(error instanceof DaemonError)) throw error
    }
  }
}

/** A port that is free on one address may be taken on the other. */
const freePortTries = 10

async function listenOnBoth(options: LoopbackOptions): Promise<Listener> {
  const first = await open('127.0.0.1', options.port, options)
  if (first === undefined) throw new Error('This machine has no 127.0.0.1.')
  const second = await open('::1', first.port, options).catch(async (error: unknown) => {
    await first.close()
    throw error
  })
  return {
    port: first.port,
    close: async () => void (await Promise.all([first.close(), second?.close()])),
  }
}

/** Resolves to undefined where the machine does not have the address. */
async function open(
  host: string,
  port: number,
  options: LoopbackOptions,
): Promise<Listener | undefined> {
  try {
    return await options.listen(host, port)
  } catch (cause) {
    const code = systemCodeOf(cause)
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return undefined
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause
    const why = code === 'EACCES' ? 'may not be used by this user' : 'is taken by another program'
    throw new DaemonError(
      'PORT_TAKEN',
      `Port ${port} ${why}. Choose another one with ${options.setting}.`,
      { cause },
    )
  }
}

function systemCodeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('syscall' in at && 'code' in at && typeof at.code === 'string') return at.code
  }
  return undefined
}
