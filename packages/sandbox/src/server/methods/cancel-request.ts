import type { Methods } from '../../protocol/methods.ts'
import { scanMessage } from '../../protocol/scan.ts'
import type { CallContext } from '../dispatch.ts'

type Cancel = Methods['$/cancelRequest']

/** The id as it was written, by name or by position: a number beyond 2^53 names one request only so. */
const findRawId = (id: string | number, rawParams: string): string => {
  if (rawParams.startsWith('[')) return rawParams.slice(1, -1).trim()
  const scan = scanMessage(rawParams, { maxDepth: 64, maxItems: 1 })
  return (scan.ok ? scan.members[0]?.id : undefined) ?? JSON.stringify(id)
}

export const cancelRequest = (
  { id }: Cancel['params'],
  context: CallContext,
): Cancel['result'] => ({
  cancelled: context.cancel(findRawId(id, context.rawParams ?? '{}')),
})
