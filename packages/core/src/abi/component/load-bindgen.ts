import { limitMemory } from '../../binary/index.ts'
import { ContainerError, ContainerStartupError } from '../../errors.ts'
import { environmentRuntime } from '../../runtimes/in-thread.ts'
import { digestOf } from '../digest.ts'
import type { Bindgen } from './bindgen.ts'
import type { ComponentOptions } from './late-transpiler.ts'

const packageName = '@bytecodealliance/jco-transpile'
const install = `npm install ${packageName}@0.15.0`
/** What the transpiler is made of, in its folder `vendor`: other files write what nobody has checked. */
const files = {
  'js-component-bindgen-component.js':
    'sha256:183231d04c7d78344f626c31565829e048a3efd960a210554694fb821f5c92c5',
  'js-component-bindgen-component.core.wasm':
    'sha256:aa0681475ab02fa5a9ad05aa1ce5e700f9f8da0a9986b973c968545ad4816fa2',
  'js-component-bindgen-component.core2.wasm':
    'sha256:280fbf3d86c902fbf15419b9f95cf92b50778514d50bc0c06c11d3ae012296f6',
} as const
/** 256 MiB: a component of 26 MB needs less than half of that. */
const maxPages = 4096

export interface BindgenPorts extends Pick<ComponentOptions, 'transpiler'> {
  readonly fetch: typeof fetch
  /** Milliseconds that loading all of it may take. */
  readonly networkTimeoutMs: number
}

interface HostProcess {
  getBuiltinModule?(name: 'node:fs/promises'): { readFile(path: URL): Promise<Uint8Array> }
  getBuiltinModule?(name: 'node:module'): {
    createRequire(from: string): { resolve(name: string): string }
  }
  getBuiltinModule?(name: 'node:url'): { pathToFileURL(path: string): URL }
}

/**
 * The transpiler with its memory limited, compiled: from the optional package in Node, from where the option says in a page. Throws
 * `ContainerStartupError` (`RUNTIME_UNAVAILABLE`).
 */
export async function loadBindgen(ports: BindgenPorts): Promise<Bindgen> {
  const read = environmentRuntime() === 'nodejs' ? nodeReader() : webReader(ports)
  const loaded = await Promise.all(
    Object.entries(files).map(async ([name, digest]) => {
      const bytes = await load(name, read)
      if ((await digestOf(bytes)) === digest) return [name, bytes] as const
      return unavailable(`"${name}" is not the one of ${packageName} 0.15.0. Run: ${install}`)
    }),
  )
  const glue = loaded.find(([name]) => name.endsWith('.js'))?.[1]
  const modules = loaded.filter(([name]) => name.endsWith('.wasm'))
  return {
    glue: new TextDecoder().decode(glue),
    modules: Object.fromEntries(
      await Promise.all(
        modules.map(async ([name, bytes]) => [name, await compile(bytes)] as const),
      ),
    ),
  }
}

type Read = (name: string) => Promise<Uint8Array>

async function load(name: string, read: Read): Promise<Uint8Array> {
  try {
    return await read(name)
  } catch (cause) {
    if (cause instanceof ContainerError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    return unavailable(`"${name}" of ${packageName} could not be loaded: ${reason}`, cause)
  }
}

function compile(bytes: Uint8Array): Promise<WebAssembly.Module> {
  return WebAssembly.compile(limitMemory(bytes, maxPages) as Uint8Array<ArrayBuffer>)
}

function nodeReader(): Read {
  const { process } = globalThis as { readonly process?: HostProcess }
  const disk = process?.getBuiltinModule?.('node:fs/promises')
  const modules = process?.getBuiltinModule?.('node:module')
  const urls = process?.getBuiltinModule?.('node:url')
  if (disk === undefined || modules === undefined || urls === undefined)
    return unavailable('this version of Node has no "process.getBuiltinModule"')
  return async (name) => new Uint8Array(await disk.readFile(new URL(name, folder(modules, urls))))
}

function folder(
  modules: { createRequire(from: string): { resolve(name: string): string } },
  urls: { pathToFileURL(path: string): URL },
): URL {
  try {
    // The package shows this one file of its folder.
    return urls.pathToFileURL(
      modules.createRequire(import.meta.url).resolve(`${packageName}/component`),
    )
  } catch (cause) {
    return unavailable(`the package ${packageName} cannot be loaded. Run: ${install}`, cause)
  }
}

function webReader({ transpiler, fetch, networkTimeoutMs }: BindgenPorts): Read {
  if (transpiler === undefined)
    return unavailable(
      `serve the folder "vendor" of the package ${packageName} 0.15.0, and say where it is with "components.transpiler" in the manager's configuration`,
    )
  const { href } = globalThis.location
  const base = new URL(String(transpiler).replace(/\/?$/, '/'), href)
  const signal = AbortSignal.timeout(networkTimeoutMs)
  // A `fetch` that does not heed its signal is left behind.
  const { promise: late, reject } = Promise.withResolvers<never>()
  late.catch(() => undefined)
  signal.addEventListener('abort', () =>
    reject(new Error(`it took longer than networkTimeout (${networkTimeoutMs} ms)`)),
  )
  const download = async (name: string): Promise<Uint8Array> => {
    const response = await fetch(new URL(name, base), { signal })
    if (!response.ok) throw new Error(`the server answered ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  return (name) => Promise.race([download(name), late])
}

function unavailable(reason: string, cause?: unknown): never {
  throw new ContainerStartupError(`This is a component: ${reason}.`, 'RUNTIME_UNAVAILABLE', {
    packageName,
    install,
    cause,
  })
}
