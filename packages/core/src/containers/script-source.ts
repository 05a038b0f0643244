import { isSeeded, isStepped, openSenses } from '../abi/wasi-senses.ts'
import { digestOf } from '../abi/digest.ts'
import type { CompileOptions } from '../compile/index.ts'
import type { CompileScript } from '../compile/web-compiler.ts'
import { check, readOptions } from './checks.ts'
import { text } from './option-kinds.ts'
import type { ResolvedConfig } from './options.ts'
import type { Source } from './source.ts'

/** JavaScript, or TypeScript whose types are taken out: its exported functions are those of the container. */
export interface ScriptSource {
  readonly source: string
  /** Default `script`. */
  readonly name?: string
}

/** How a script is compiled. */
export interface ScriptPorts {
  readonly compileScript: CompileScript
  /** Of the container that runs it: what the script can import, and what its top level sees and may use. */
  readonly config: ResolvedConfig
}

/** Compiles a script onto QuickJS. Rejects with `CompilationError` and `ContainerStartupError` (`RUNTIME_UNAVAILABLE`). */
export async function compileSource(
  script: ScriptSource,
  { compileScript, config }: ScriptPorts,
  signal: AbortSignal,
): Promise<Source> {
  const { source, name = 'script' } = readScript(script)
  const bytes = await compileScript(source, { ...optionsFor(config), signal })
  const digest = await digestOf(bytes)
  return { name, version: digest.slice(0, 19), stateKey: name, bytes, digest }
}

function readScript(given: unknown): ScriptSource {
  const isScript = typeof given === 'object' && given !== null && 'source' in given
  const wanted =
    'A container is run from the bytes of a module as Uint8Array, from a reference or URL as text, or from { source, name }'
  check(isScript, `${wanted}; of a URL take its href, and instead of compileWASM compileBytes`)
  return readOptions('script', given as ScriptSource, { source: text, name: text })
}

/** Beside the top level: loading the compiler takes time, too. */
const compileMs = 30_000
const longestMs = 2 ** 31 - 1

function optionsFor(config: ResolvedConfig): Parameters<CompileScript>[1] {
  const { given, maxMemoryBytes, maxCpuTimeMs } = config
  return {
    imports: given.imports ?? {},
    timeoutMs: Math.min(Math.ceil(maxCpuTimeMs) + compileMs, longestMs),
    maxMemory: maxMemoryBytes,
    maxCpuTime: maxCpuTimeMs,
    ...(given.maxFuel === undefined ? {} : { maxFuel: given.maxFuel }),
    ...plainSenses(config),
  }
}

/** Functions do not reach the compiler: a clock is looked at once, and a seed drawn. */
function plainSenses({
  senses: { clock, random },
}: ResolvedConfig): Pick<CompileOptions, 'clock' | 'random'> {
  const { clock: time, random: draw } = openSenses({ clock, random })
  return {
    ...(clock && {
      clock: isStepped(clock) ? clock : { startMs: Number(time.realtimeNs()) / 1e6 },
    }),
    ...(random && { random: isSeeded(random) ? random : { seed: drawSeed(draw) } }),
  }
}

function drawSeed(random: (into: Uint8Array) => void): number {
  const bytes = new Uint8Array(8)
  random(bytes)
  return Number(new DataView(bytes.buffer).getBigUint64(0, true) >> 11n)
}
