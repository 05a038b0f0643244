import type { AbiName, GuestArguments, GuestImage } from '../../abi/guest.ts'
import type { PreparedModule } from '../../abi/prepare.ts'
import type { HostPlan } from './host-plan.ts'
import type { WireError } from './wire-error.ts'

/** What the container asks of the place where its module runs. Everything can be cloned. */
export type Order =
  | {
      readonly kind: 'start'
      readonly prepared: PreparedModule
      readonly plan: HostPlan
      /** One number: the ask that is to stop. Absent where memory cannot be shared. */
      readonly control: SharedArrayBuffer | undefined
    }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly args: GuestArguments
      readonly as: 'text' | 'json' | 'bytes' | undefined
    }
  | { readonly kind: 'write'; readonly value: unknown }
  | { readonly kind: 'health' }
  | { readonly kind: 'capture' }
  | { readonly kind: 'restore'; readonly image: GuestImage }
  | { readonly kind: 'close' }

export type Ask = Order & { readonly id: number }

/** Answer to `start`. */
export interface Description {
  readonly abi: AbiName
  readonly functions: readonly string[]
  readonly hasState: boolean
  readonly hasHealth: boolean
}

/** How the module looks after an ask. */
export interface Seen {
  readonly allocatedBytes: number
  readonly usedBytes: number
  /** Only when it moved since the last answer. */
  readonly state?: StateSeen
}

export type StateSeen =
  | { readonly version: number | bigint; readonly value: unknown }
  | { readonly version: number | bigint; readonly error: WireError }

/** What comes back. */
export type Report =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown; readonly seen: Seen }
  | {
      readonly kind: 'failure'
      readonly id: number
      readonly error: WireError
      readonly seen: Seen
    }
  | { readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly kind: 'log'; readonly level: number; readonly text: string }
  | { readonly kind: 'emit'; readonly topic: string; readonly data: unknown }
