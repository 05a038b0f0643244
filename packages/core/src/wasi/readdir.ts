import type { ListedEntry } from './fd-table.ts'
import { filetypeOf, inodeNumber, spotNumber } from './filestat.ts'
import type { Guest } from './guest.ts'
import type { Spot } from './resolve.ts'
import { Right } from './rights.ts'

const headBytes = 24
const encoder = new TextEncoder()

/** Fills the buffer with entries from the cookie on; a full buffer, even with half an entry, says there are more. */
export function fdReaddir(
  guest: Guest,
  args: [fd: number, at: number, length: number, cookie: bigint, used: number],
): void {
  const [fd, at, length, cookie, used] = args
  const open = guest.fds.directory(fd, Right.fdReaddir)
  const into = guest.memory.bytes(at, length)
  if (cookie === 0n || open.listing === undefined)
    guest.fds.keepListing(open, listSpot(guest, open.spot))
  const listing = open.listing ?? []
  const first = cookie < 0n || cookie > BigInt(listing.length) ? listing.length : Number(cookie)
  let filled = 0
  for (let n = first; n < listing.length && filled < into.length; n += 1) {
    const entry = listing[n]
    if (entry === undefined) break
    const bytes = toDirent(entry, n + 1)
    const room = into.length - filled
    into.set(bytes.length > room ? bytes.subarray(0, room) : bytes, filled)
    filled += Math.min(bytes.length, room)
  }
  guest.memory.setU32(used, filled)
}

function listSpot(guest: Guest, spot: Spot): ListedEntry[] {
  const number = spotNumber(spot)
  const entries: ListedEntry[] = [
    { name: '.', number, kind: 'directory' },
    { name: '..', number, kind: 'directory' },
  ]
  for (const [name, node] of spot.devices?.entries ?? []) {
    entries.push({
      name,
      number: node.kind === 'mount' ? inodeNumber(node.ino) : node.number,
      kind: node.kind === 'device' ? 'device' : 'directory',
    })
  }
  if (spot.ino === undefined) return entries
  for (const { name, ino, kind } of guest.files.listInode(spot.ino)) {
    if (spot.devices?.entries.has(name) !== true)
      entries.push({ name, number: inodeNumber(ino), kind })
  }
  return entries
}

function toDirent(entry: ListedEntry, next: number): Uint8Array {
  const name = encoder.encode(entry.name)
  const bytes = new Uint8Array(headBytes + name.length)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(next), true)
  view.setBigUint64(8, entry.number, true)
  view.setUint32(16, name.length, true)
  view.setUint8(20, filetypeOf(entry.kind))
  bytes.set(name, headBytes)
  return bytes
}
