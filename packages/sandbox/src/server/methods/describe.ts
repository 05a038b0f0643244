import { PROTOCOL_VERSION, MAX_TIMEOUT_MS } from '../../protocol/limits.ts'
import type { Methods } from '../../protocol/methods.ts'
import { createOpenRpcDocument } from '../../protocol/open-rpc.ts'
import type { CallContext } from '../dispatch.ts'
import { listLanguages } from '../languages.ts'

export const describeServer = (
  _params: Methods['initialize']['params'],
  { engines, info }: CallContext,
): Methods['initialize']['result'] => ({
  protocolVersion: PROTOCOL_VERSION,
  serverInfo: { name: '@gaesup-state/sandbox', version: info.version },
  serverCapabilities: {
    supportsStreaming: true,
    supportedLanguages: [...new Set(listLanguages(engines).map(({ language }) => language))],
    limits: {
      maxTimeout: MAX_TIMEOUT_MS / 1000,
      maxConcurrency: info.maxSessions,
      maxOutputBytes: info.maxOutputBytes,
      maxMessageBytes: info.maxMessageBytes,
    },
  },
})

export const discover = (
  _params: Methods['rpc.discover']['params'],
  { info }: CallContext,
): Methods['rpc.discover']['result'] => createOpenRpcDocument(info.version)
