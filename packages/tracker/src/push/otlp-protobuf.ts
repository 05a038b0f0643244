/** What a field of a message holds: its wire form, or a message of its own. */
type Shape = 'text' | 'bool' | 'enum' | 'fixed64' | 'sfixed64' | 'double' | Fields
/** Number and shape of each field that is written, by its name in JSON. */
interface Fields {
  readonly [name: string]: readonly [number: number, shape: Shape]
}

const anyValue: Fields = { stringValue: [1, 'text'] }
const keyValue: Fields = { key: [1, 'text'], value: [2, anyValue] }
const dataPoint: Fields = {
  timeUnixNano: [3, 'fixed64'],
  asDouble: [4, 'double'],
  asInt: [6, 'sfixed64'],
  attributes: [7, keyValue],
}
const metric: Fields = {
  name: [1, 'text'],
  unit: [3, 'text'],
  gauge: [5, { dataPoints: [1, dataPoint] }],
  sum: [
    7,
    { dataPoints: [1, dataPoint], aggregationTemporality: [2, 'enum'], isMonotonic: [3, 'bool'] },
  ],
}
const request: Fields = {
  resourceMetrics: [
    1,
    {
      resource: [1, { attributes: [1, keyValue] }],
      scopeMetrics: [2, { scope: [1, { name: [1, 'text'] }], metrics: [2, metric] }],
    },
  ],
}

const wireTypes = { varint: 0, eightBytes: 1, sized: 2 } as const
const [lowBits, moreBit] = [0x7f, 0x80]

const varint = (value: number): Uint8Array => {
  const bytes: number[] = []
  let rest = value
  for (; rest >= moreBit; rest = Math.floor(rest / moreBit)) bytes.push((rest % moreBit) | moreBit)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

const eightBytes = (write: (view: DataView) => void): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8))
  write(view)
  return new Uint8Array(view.buffer)
}

const join = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const toField = (number: number, shape: Shape, value: unknown): readonly Uint8Array[] => {
  const tag = (type: number): Uint8Array => varint(number * 8 + type)
  if (shape === 'bool' || shape === 'enum') return [tag(wireTypes.varint), varint(Number(value))]
  if (shape === 'double')
    return [
      tag(wireTypes.eightBytes),
      eightBytes((view) => view.setFloat64(0, Number(value), true)),
    ]
  if (shape === 'fixed64' || shape === 'sfixed64') {
    const whole = BigInt(String(value))
    return [tag(wireTypes.eightBytes), eightBytes((view) => view.setBigInt64(0, whole, true))]
  }
  const content =
    shape === 'text' ? new TextEncoder().encode(String(value)) : toMessage(shape, value)
  return [tag(wireTypes.sized), varint(content.length), content]
}

const toMessage = (fields: Fields, value: unknown): Uint8Array<ArrayBuffer> =>
  join(
    Object.entries(value ?? {}).flatMap(([name, content]: [string, unknown]) => {
      const field = fields[name]
      if (field === undefined) throw new TypeError(`OTLP: there is no field "${name}"`)
      const [number, shape] = field
      return (Array.isArray(content) ? content : [content]).flatMap((one) =>
        toField(number, shape, one),
      )
    }),
  )

/**
 * The body that `toOtlp` makes, in the binary encoding.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto "metrics.proto"
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export const toOtlpProtobuf = (body: object): Uint8Array<ArrayBuffer> => toMessage(request, body)

/** What a receiver did not take. */
export interface PartialSuccess {
  readonly rejected: number
  readonly message: string
}

const takenWhole: PartialSuccess = { rejected: 0, message: '' }

/** The fields of a message: numbers of varints, bytes of what has a size. Throws a RangeError where the message is cut off. */
const readFields = (bytes: Uint8Array): ReadonlyMap<number, number | Uint8Array> => {
  const found = new Map<number, number | Uint8Array>()
  let at = 0
  const readVarint = (): number => {
    let value = 0
    for (let unit = 1; ; unit *= moreBit) {
      const byte = bytes[at]
      if (byte === undefined) throw new RangeError('the message is cut off')
      at += 1
      value += (byte & lowBits) * unit
      if (byte < moreBit) return value
    }
  }
  while (at < bytes.length) {
    const tag = readVarint()
    const type = tag % 8
    if (type === wireTypes.varint) found.set((tag - type) / 8, readVarint())
    else if (type === wireTypes.sized) {
      const end = readVarint() + at
      found.set((tag - type) / 8, bytes.subarray(at, end))
      at = end
    } else throw new RangeError(`the message has a field of type ${type}`)
  }
  return found
}

/** Reads an `ExportMetricsServiceResponse`; anything else counts as taken wholly, as the status said. */
export const parseOtlpAnswer = (bytes: Uint8Array): PartialSuccess => {
  try {
    const partial = readFields(bytes).get(1)
    if (!(partial instanceof Uint8Array)) return takenWhole
    const fields = readFields(partial)
    const [rejected, message] = [fields.get(1), fields.get(2)]
    return {
      rejected: typeof rejected === 'number' ? rejected : 0,
      message: message instanceof Uint8Array ? new TextDecoder().decode(message) : '',
    }
  } catch (error) {
    if (error instanceof RangeError) return takenWhole
    throw error
  }
}
