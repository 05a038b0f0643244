import type { Guest, GuestImage } from '../abi/guest.ts'
import { ContainerError } from '../errors.ts'

/** The state of a container between two calls. Plain data that structured clone can copy. */
export interface ContainerSnapshot {
  readonly format: 1
  /** Digest of the module's bytes. */
  readonly digest: string
  readonly image: GuestImage
  /** The state, if the host holds it. */
  readonly state: unknown
}

export async function writeSnapshot(of: {
  digest: string
  guest: Guest
  state: unknown
}): Promise<ContainerSnapshot> {
  return { format: 1, digest: of.digest, image: await of.guest.capture(), state: of.state }
}

/** The image in a snapshot of the module with this digest. */
export function openSnapshot(snapshot: ContainerSnapshot, digest: string): GuestImage {
  if (typeof snapshot !== 'object' || snapshot === null) refuse('it is none')
  if (snapshot.format !== 1) refuse(`its format ${String(snapshot.format)} is unknown`)
  if (snapshot.digest !== digest) refuse('it is of another module')
  return snapshot.image
}

/** Throws `INTEGRITY` for an image that does not fit; what is half filled then must not be used. */
export async function restoreImage(guest: Guest, image: GuestImage): Promise<void> {
  try {
    await guest.restore(image)
  } catch (cause) {
    if (cause instanceof ContainerError) throw cause
    refuse('it does not fit the module or its limits', cause)
  }
}

function refuse(reason: string, cause?: unknown): never {
  throw new ContainerError(`The snapshot is refused: ${reason}.`, 'INTEGRITY', { cause })
}
