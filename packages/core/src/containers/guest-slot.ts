import type { Guest } from '../abi/guest.ts'
import type { PreparedModule } from '../abi/prepare.ts'
import type { ContainerPorts, LoadedModule, StartedGuest } from './container-ports.ts'
import type { ContainerSource } from './source.ts'
import { openSnapshot, restoreImage, writeSnapshot, type ContainerSnapshot } from './snapshot.ts'

/** The started module of a container. Another takes its place only once it has started and was filled. */
export class GuestSlot {
  readonly #ports: Pick<ContainerPorts, 'load' | 'start'>
  readonly #onReplaced: (guest: Guest) => void
  readonly #life = new AbortController()
  #started: StartedGuest
  #ended: (() => Error) | undefined

  constructor(
    started: StartedGuest,
    ports: Pick<ContainerPorts, 'load' | 'start'>,
    onReplaced: (guest: Guest) => void,
  ) {
    this.#ports = ports
    this.#onReplaced = onReplaced
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
  ): Promise<void> {
    const fresh = await this.#ports.start(prepared)
    try {
      await fill(fresh.guest)
      this.#requireOpen()
    } catch (error) {
      await closeGuest(fresh)
      throw error
    }
    const old = this.#started
    this.#started = fresh
    this.#onReplaced(fresh.guest)
    await closeGuest(old)
    this.#requireOpen()
  }

  /** Another module takes over, and this state. Gives its version. */
  async reload(source: ContainerSource, state: unknown): Promise<string> {
    const { prepared, version } = await this.#load(source)
    const fill = (fresh: Guest): void | Promise<void> =>
      state === undefined ? undefined : fresh.state?.write(state)
    await this.replace(fill, prepared)
    return version
  }

  /** Nothing takes the place of the module any more: what is about to is closed, and whoever waits for it gets this error. */
  close(ended: () => Error): Promise<void> {
    this.#ended = ended
    // Without a reason an error would be made, with its stack.
    this.#life.abort('stopped')
    return closeGuest(this.#started)
  }

  capture(state: unknown): Promise<ContainerSnapshot> {
    return writeSnapshot({ digest: this.prepared.digest, guest: this.guest, state })
  }

  async restore(snapshot: ContainerSnapshot): Promise<void> {
    const image = openSnapshot(snapshot, this.prepared.digest)
    await this.replace((fresh) => restoreImage(fresh, image))
  }

  async #load(source: ContainerSource): Promise<LoadedModule> {
    try {
      return await this.#ports.load(source, this.#life.signal)
    } catch (error) {
      this.#requireOpen()
      throw error
    }
  }

  #requireOpen(): void {
    if (this.#ended !== undefined) throw this.#ended()
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
