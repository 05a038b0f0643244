/** One entry of a tar archive, right unless a test says otherwise. */
export interface TarEntry {
  readonly name: string
  readonly bytes?: Uint8Array
  /** Default `0`, a regular file. */
  readonly type?: string
  readonly size?: number
  readonly prefix?: string
  readonly wrongChecksum?: boolean
}

/** A tar archive in ustar format, ended by two empty blocks. */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(entryBlocks), Buffer.alloc(1024)])
}

/** A pax record: its length counts itself. */
export function paxRecord(key: string, value: string): Uint8Array {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + 1
  while (String(length).length + rest !== length) length = String(length).length + rest
  return Buffer.from(`${length} ${key}=${value}\n`)
}

function entryBlocks(entry: TarEntry): Buffer[] {
  const bytes = entry.bytes ?? new Uint8Array()
  const header = Buffer.alloc(512)
  header.write(entry.name, 0, 100)
  header.write('0000644\0', 100)
  header.write(`${(entry.size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124)
  header.write(entry.type ?? '0', 156)
  header.write('ustar\0' + '00', 257)
  header.write(entry.prefix ?? '', 345, 155)
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, entry.wrongChecksum === true ? 1 : 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return [header, Buffer.from(bytes), Buffer.alloc((512 - (bytes.length % 512)) % 512)]
}
