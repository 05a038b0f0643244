import type { WireError } from '../../runtimes/remote/wire-error.ts'
import type { Bindgen } from './bindgen.ts'
import type { TranspiledComponent } from './take-apart.ts'

/** What a thread is sent: the transpiler first, then one component after the other. */
export type ThreadAsk = { readonly bindgen: Bindgen } | { readonly component: Uint8Array }

/** What it says: that its script runs, and then of each component what came of it. */
export type ThreadAnswer =
  | { readonly ready: true }
  | { readonly made: TranspiledComponent }
  | { readonly failed: WireError }
