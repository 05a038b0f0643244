import type { Readable } from 'node:stream'
import { TrackerError, toErrorEventCode, toMessage } from '../model/errors.ts'
import type { EngineTransport } from './transport.ts'
import { answerTimeoutMs } from './transport.ts'

/** The part of a dockerode instance that is used; any version whose `modem` can dial fits. */
export interface DockerodeLike {
  readonly modem: {
    dial(options: DialOptions, callback: (error: unknown, result?: unknown) => void): void
  }
}

/** Options of docker-modem's `dial`. */
export interface DialOptions {
  path: string
  method: string
  options?: { _query: Record<string, string>; _body: Record<string, never> }
  isStream?: boolean
  statusCodes: Record<number, boolean | string>
  abortSignal?: AbortSignal
}

const statusCodes = {
  200: true,
  401: 'not allowed',
  403: 'not allowed',
  404: 'not found',
  500: 'server error',
}

const isReadable = (value: unknown): value is Readable =>
  typeof value === 'object' && value !== null && 'on' in value && 'destroy' in value

const toTrackerError = (path: string, error: unknown): TrackerError => {
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error
      ? error.statusCode
      : undefined
  const byStatus =
    status === 404 ? 'NOT_FOUND' : status === 401 || status === 403 ? 'PERMISSION' : undefined
  const code = byStatus ?? (status === undefined ? toErrorEventCode(error) : 'PROTOCOL')
  return new TrackerError(code, `dockerode could not read ${path}: ${toMessage(error)}`, {
    cause: error,
  })
}

/** docker-modem builds the query itself, from a path that ends with a question mark. */
const toQuery = (path: string): Pick<DialOptions, 'path' | 'options'> => {
  const [plain = '', query] = path.split('?', 2)
  if (query === undefined) return { path: plain }
  return {
    path: `${plain}?`,
    options: { _query: Object.fromEntries(new URLSearchParams(query)), _body: {} },
  }
}

/** Asks the engine through a dockerode instance that the host application already has. */
export const createDockerodeTransport = (docker: DockerodeLike): EngineTransport => {
  const dial = (options: Omit<DialOptions, 'method' | 'statusCodes'>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      docker.modem.dial(
        { ...options, ...toQuery(options.path), method: 'GET', statusCodes },
        (error, result) => {
          if (error === null || error === undefined) resolve(result)
          else reject(toTrackerError(options.path, error))
        },
      )
    })
  return {
    address: 'dockerode',
    getJson: (path, signal) =>
      dial({ path, abortSignal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]) }),
    openStream: async (path, signal) => {
      const stream = await dial({ path, isStream: true, abortSignal: signal })
      if (isReadable(stream)) return stream
      throw new TrackerError('PROTOCOL', 'dockerode did not return a stream')
    },
    close: () => {},
  }
}
