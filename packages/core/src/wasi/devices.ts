import { Errno, refuse } from './errno.ts'

/** A character device the host plays. Errors it throws end the guest and reach whoever called `start`. */
export interface WasiDevice {
  /** Fills `into` from its start and returns how many bytes it gave; 0 is the end. May block. Absent: not readable. */
  read?(into: Uint8Array): number
  /** Takes all the bytes, which are a copy. Absent: not writable. */
  write?(bytes: Uint8Array): void
}

export interface DeviceNode {
  readonly kind: 'device'
  readonly device: WasiDevice
  /** Standard streams cannot seek; devices answer position 0. */
  readonly isStream: boolean
  readonly number: bigint
}

/** A folder in which other files are mounted. */
export interface MountNode {
  readonly kind: 'mount'
  readonly ino: number
  readonly number: bigint
  /** None: nothing lies over what is mounted. */
  readonly entries: ReadonlyMap<string, DeviceNode>
}

export interface DeviceFolder {
  readonly kind: 'folder'
  readonly entries: Map<string, DeviceNode | DeviceFolder | MountNode>
  readonly number: bigint
}

/** Arranges devices, and inodes of mounted folders, by absolute path into folders that lie over the file tree. */
export function deviceTree(
  devices: Iterable<readonly [string, { device: WasiDevice; isStream: boolean } | { ino: number }]>,
): DeviceFolder {
  let last = 2n ** 63n
  const root: DeviceFolder = { kind: 'folder', entries: new Map(), number: last++ }
  for (const [path, one] of devices) {
    const parts = path.split('/').filter((part) => part !== '')
    const name = parts.pop()
    if (name === undefined || !path.startsWith('/'))
      throw new TypeError(`A device needs an absolute path, not "${path}".`)
    let folder = root
    for (const part of parts) folder = enter(folder, part, () => last++)
    if (folder.entries.get(name)?.kind === 'folder')
      throw new TypeError(`"${path}" is a folder of other devices.`)
    const number = last++
    if ('ino' in one)
      folder.entries.set(name, { kind: 'mount', ...one, number, entries: new Map() })
    else folder.entries.set(name, { kind: 'device', ...one, number })
  }
  return root
}

export const nullDevice: WasiDevice = { read: () => 0, write: () => undefined }

export const zeroDevice: WasiDevice = {
  read(into) {
    into.fill(0)
    return into.length
  },
  write: () => undefined,
}

export function randomDevice(random: (into: Uint8Array) => void): WasiDevice {
  const read = (into: Uint8Array): number => {
    random(into)
    return into.length
  }
  return { read, write: () => undefined }
}

/** One read; a device that claims more than it was asked for is broken. */
export function readDevice(device: WasiDevice, into: Uint8Array): number {
  if (device.read === undefined) return refuse(Errno.badf)
  const count = device.read(into)
  return Number.isInteger(count) && count >= 0 && count <= into.length ? count : refuse(Errno.io)
}

export function writeDevice(device: WasiDevice, bytes: Uint8Array): void {
  if (device.write === undefined) return refuse(Errno.badf)
  device.write(bytes.slice())
}

function enter(folder: DeviceFolder, name: string, number: () => bigint): DeviceFolder {
  const known = folder.entries.get(name)
  if (known?.kind === 'folder') return known
  if (known !== undefined)
    throw new TypeError(`The device or mount "${name}" cannot hold other devices or mounts.`)
  const made: DeviceFolder = { kind: 'folder', entries: new Map(), number: number() }
  folder.entries.set(name, made)
  return made
}
