import type * as Library from 'quickjs-wasi'
import type { QuickJS } from 'quickjs-wasi'
import { createSeededRandom } from '../../abi/seeded-random.ts'
import { openSenses, type Senses } from '../../abi/wasi-senses.ts'
import { createMeter, limitMemory, meterModule, type MeterStop } from '../../binary/index.ts'
import type { DeclaredImports } from '../declared-imports.ts'
import type { CompileSettings } from '../types.ts'
import type { TopLevel } from '../worker-messages.ts'
import { hostModules } from './host-modules.ts'

/** Half of what the engine could have: the stack of whatever runs the module holds out longer than the interpreter's. */
const stackBytes = 262_144
/** More than the interpreter needs before the source comes. */
const startFuel = 1n << 40n
/** Streams of a seed: 0 is for containers. */
const topLevelStream = 1

/** The library, and the interpreter's own module. */
export interface QuickJSPackage {
  readonly library: typeof Library
  readonly wasm: Uint8Array
}

/** How a source is evaluated. */
export interface Evaluation {
  readonly settings: CompileSettings
  /** Functions of the host that the source can import. */
  readonly imports: DeclaredImports
  readonly topLevel: TopLevel
  readonly watch: TopLevelWatch
}

/** Sees when the top level of the source begins, and that it is done. */
export interface TopLevelWatch {
  begun(): void
  done(): void
}

export interface Interpreter {
  readonly vm: QuickJS
  /** From now on the source sees the time and spends its fuel. Before, and in what is kept, it is 1970, so that equal sources give equal bytes. */
  begin(): void
  /** Nothing of the source runs any more. */
  end(): void
  /** A number from 0 to below 1. */
  draw(): number
  /** What ended the source, if it was its fuel or the depth of its calls. */
  stoppedBy(error: unknown): MeterStop
}

/** Throws `ContainerMemoryError` where the interpreter alone needs more memory than there may be. */
export async function openInterpreter(
  { library, wasm }: QuickJSPackage,
  { imports, topLevel }: Evaluation,
): Promise<Interpreter> {
  const { maxPages, maxFuel } = topLevel
  const limited = limitMemory(wasm, maxPages)
  const bytes = maxFuel === undefined ? limited : meterModule(limited, { fuel: startFuel })
  const senses = sensesOf(topLevel)
  let isAwake = false
  const vm = await library.QuickJS.create({
    wasm: new WebAssembly.Module(new Uint8Array(bytes)),
    maxStackSize: stackBytes,
    timezoneOffset: 0,
    moduleLoader: { load: hostModules(imports) },
    wasi: (memory) => ({
      fd_write: () => 8,
      random_get: (at, length) => {
        new Uint8Array(memory.buffer, at, length).fill(0)
        return 0
      },
      clock_time_get: (clock, _precision, at) => {
        const now = isAwake ? timeOf(senses, clock) : 0n
        new DataView(memory.buffer).setBigUint64(at, now, true)
        return 0
      },
    }),
  })
  const exports = vm._getExports() as unknown as WebAssembly.Exports
  const meter = maxFuel === undefined ? undefined : createMeter({ exports })
  return {
    vm,
    begin() {
      isAwake = true
      if (meter !== undefined && maxFuel !== undefined) meter.fuel = maxFuel
    },
    end() {
      if (meter !== undefined) meter.fuel = startFuel
    },
    draw: () => drawNumber(senses),
    stoppedBy: (error) => meter?.stoppedBy(error),
  }
}

/** The top level draws other bytes of a seed than the containers that run the module afterwards. */
function sensesOf({ clock, random }: TopLevel): Senses {
  const host = openSenses({ clock, random: undefined })
  return random === undefined
    ? host
    : { ...host, random: createSeededRandom(random.seed, topLevelStream) }
}

function timeOf({ clock }: Senses, kind: number): bigint {
  return kind === 0 ? clock.realtimeNs() : clock.monotonicNs()
}

/** As the module does it: the upper 53 of 64 bits. */
function drawNumber({ random }: Senses): number {
  const bytes = new Uint8Array(8)
  random(bytes)
  return Number(new DataView(bytes.buffer).getBigUint64(0, true) >> 11n) * 2 ** -53
}
