import type { Guest } from '../abi/guest.ts'
import type { PreparedModule } from '../abi/prepare.ts'
import type { ContainerPorts, StartedGuest } from './container-ports.ts'
import { openSnapshot, restoreImage, writeSnapshot, type ContainerSnapshot } from './snapshot.ts'

/** The started module of a container. Another takes its place only once it has started and was filled. */
export class GuestSlot {
  readonly #start: ContainerPorts['start']
  #started: StartedGuest

  constructor(started: StartedGuest, start: ContainerPorts['start']) {
    this.#start = start
    this.#started = started
  }

  get guest(): Guest {
    return this.#started.guest
  }

  get prepared(): PreparedModule {
    return this.#started.prepared
  }

  /** A fresh instance, by default of the same module. What `fill` throws leaves the old one in its place. */
  async replace(
    fill: (fresh: Guest) => void | Promise<void> = () => undefined,
    prepared: PreparedModule = this.prepared,
  ): Promise<Guest> {
    const fresh = await this.#start(prepared)
    try {
      await fill(fresh.guest)
    } catch (error) {
      await closeGuest(fresh)
      throw error
    }
    await closeGuest(this.#started)
    this.#started = fresh
    return fresh.guest
  }

  close(): Promise<void> {
    return closeGuest(this.#started)
  }

  capture(state: unknown): Promise<ContainerSnapshot> {
    return writeSnapshot({ digest: this.prepared.digest, guest: this.guest, state })
  }

  async restore(snapshot: ContainerSnapshot): Promise<Guest> {
    const image = openSnapshot(snapshot, this.prepared.digest)
    return this.replace((fresh) => restoreImage(fresh, image))
  }
}

/** Ends a module, and whatever comes of that, nothing is counted for it any more. */
export async function closeGuest({ guest, release }: StartedGuest): Promise<void> {
  try {
    await guest.close()
  } finally {
    release()
  }
}
