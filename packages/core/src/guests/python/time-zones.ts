import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SystemFiles } from '../../files/index.ts'
import { zoneRule, type ZonePeriod } from './zone-rule.ts'

interface PackedZones {
  readonly zones: readonly string[]
  readonly links: readonly string[]
}

/** For `PYTHONTZPATH`: `/usr` belongs to the library inside the interpreter. */
export const zoneFolder = '/share/zoneinfo'
/** Daylight saving never lasts longer than this. */
const longestDstSeconds = 330 * 86_400

/**
 * The time zones of moment-timezone as TZif files, each made when it is first read. Empty when the package is not installed;
 * Python's `zoneinfo` then says that it finds no zone.
 *
 * @see RFC 8536
 */
export function zoneFiles(): SystemFiles {
  const packed = loadZones()
  const sources = new Map(packed.zones.map((line) => [line.slice(0, line.indexOf('|')), line]))
  const files = new Map<string, () => Uint8Array>()
  const add = (name: string, line: string): unknown =>
    files.set(`${zoneFolder}/${name}`, () => toZoneFile(readPeriods(line)))
  for (const [name, line] of sources) add(name, line)
  for (const link of packed.links) {
    const [target = '', name = ''] = link.split('|')
    const line = sources.get(target)
    if (line !== undefined && !sources.has(name)) add(name, line)
  }
  return files
}

function loadZones(): PackedZones {
  try {
    const path = fileURLToPath(import.meta.resolve('moment-timezone/data/packed/latest.json'))
    return JSON.parse(readFileSync(path, 'utf8')) as PackedZones
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND')
      return { zones: [], links: [] }
    throw error
  }
}

/** Unpacks `name|abbreviations|offsets|indices|differences|population`; numbers are in base 60, in minutes. */
function readPeriods(line: string): ZonePeriod[] {
  const [, abbreviations = '', offsets = '', indices = '', differences = ''] = line.split('|')
  const names = abbreviations.split(' ')
  const minutes = offsets.split(' ').map(fromBase60)
  let at = Number.NEGATIVE_INFINITY
  const steps = differences === '' ? [] : differences.split(' ')
  const raw = Array.from(indices, (digit, n) => {
    const index = digitOf(digit)
    const step = steps[n - 1]
    if (n > 0 && step !== undefined) at = (n === 1 ? 0 : at) + Math.round(fromBase60(step) * 60)
    return {
      from: at,
      offset: Math.round((minutes[index] ?? 0) * -60),
      abbreviation: names[index] ?? '',
    }
  })
  return raw.map((period, n) => ({ ...period, isDst: isDaylight(raw, n) }))
}

type RawPeriod = Omit<ZonePeriod, 'isDst'>

/** A stretch that is ahead of what is before and after it, for less than a year. */
function isDaylight(periods: readonly RawPeriod[], at: number): boolean {
  const [before, period, after] = [periods[at - 1], periods[at], periods[at + 1]]
  if (before === undefined || period === undefined) return false
  // The data end in 2037, perhaps in the middle of a summer.
  if (after === undefined)
    return (
      period.offset > before.offset &&
      periods.some((one) => one.abbreviation === period.abbreviation && one !== period)
    )
  return (
    period.offset > before.offset &&
    after.offset < period.offset &&
    after.from - period.from < longestDstSeconds
  )
}

function digitOf(digit: string): number {
  const code = digit.charCodeAt(0)
  if (code > 96) return code - 87
  return code > 64 ? code - 29 : code - 48
}

function fromBase60(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  let value = 0
  for (const digit of whole) value = value * 60 + digitOf(digit)
  let scale = 1
  for (const digit of fraction) value += digitOf(digit) * (scale /= 60)
  return sign * value
}

/** A TZif file of version 2: an empty first part, then 64-bit transitions and the rule for the time after them. */
function toZoneFile(periods: readonly ZonePeriod[]): Uint8Array {
  const types: ZonePeriod[] = []
  const indices = periods.map((period) => {
    const known = types.findIndex(
      (one) =>
        one.offset === period.offset &&
        one.isDst === period.isDst &&
        one.abbreviation === period.abbreviation,
    )
    return known === -1 ? types.push(period) - 1 : known
  })
  const names = types.map(({ abbreviation }) => Buffer.from(`${abbreviation}\0`, 'latin1'))
  const transitions = periods.slice(1)
  const times = Buffer.alloc(8 * transitions.length)
  for (const [n, { from }] of transitions.entries()) times.writeBigInt64BE(BigInt(from), 8 * n)
  const records = Buffer.alloc(6 * types.length)
  let nameAt = 0
  for (const [n, { offset, isDst }] of types.entries()) {
    records.writeInt32BE(offset, 6 * n)
    records.writeUInt8(isDst ? 1 : 0, 6 * n + 4)
    records.writeUInt8(nameAt, 6 * n + 5)
    nameAt += names[n]?.length ?? 0
  }
  const first = [head({ times: 0, types: 1, characters: 1 }), Buffer.alloc(7)]
  const second = [
    head({ times: transitions.length, types: types.length, characters: nameAt }),
    times,
    Buffer.from(indices.slice(1)),
    records,
    ...names,
  ]
  return Buffer.concat([...first, ...second, Buffer.from(`\n${zoneRule(periods)}\n`, 'latin1')])
}

function head(counts: { times: number; types: number; characters: number }): Buffer {
  const bytes = Buffer.alloc(44)
  bytes.write('TZif2', 'latin1')
  bytes.writeUInt32BE(counts.times, 32)
  bytes.writeUInt32BE(counts.types, 36)
  bytes.writeUInt32BE(counts.characters, 40)
  return bytes
}
