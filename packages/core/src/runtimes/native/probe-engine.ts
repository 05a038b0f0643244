import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import type { NativeEngine } from './engines.ts'

const versionMs = 5000
const maxVersionBytes = 64 * 1024

/** An engine that is there, or why it is not. */
export type FoundEngine =
  | { readonly available: true; readonly path: string; readonly version: string }
  | { readonly available: false; readonly reason: string }

/** Looks for an engine and asks for its version. */
export async function probeEngine(
  engine: Pick<NativeEngine, 'command' | 'oldest'>,
  options: { path?: string | undefined; timeoutMs?: number } = {},
): Promise<FoundEngine> {
  const path = await locate(options.path ?? engine.command)
  if ('reason' in path) return { available: false, reason: path.reason }
  const said = await askVersion(path.path, options.timeoutMs ?? versionMs)
  if ('reason' in said) return { available: false, reason: said.reason }
  const found = findVersion(said.text)
  if (found === null) {
    const reason = `"${path.path} --version" gave no version: ${quote(said.text)}`
    return { available: false, reason }
  }
  const [, version = '', major, minor] = found
  if (isOlder([Number(major), Number(minor)], engine.oldest)) {
    const reason = `"${path.path}" is version ${version}; ${engine.oldest.join('.')} or newer is needed`
    return { available: false, reason }
  }
  return { available: true, path: path.path, version }
}

type Located = { readonly path: string } | { readonly reason: string }

async function locate(command: string): Promise<Located> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((one) => one !== '')
  const isPath = isAbsolute(command) || command.includes('/')
  const candidates = isPath ? [command] : folders.map((folder) => join(folder, command))
  let refused: string | undefined
  for (const path of candidates) {
    const code = await accessCode(path)
    if (code === undefined) return { path }
    if (code === 'EACCES') refused ??= `"${path}" may not be executed`
  }
  return { reason: refused ?? absent(command, isPath) }
}

function absent(command: string, isPath: boolean): string {
  return isPath ? `there is no "${command}"` : `"${command}" is not on the PATH`
}

async function accessCode(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EACCES'
  }
}

function askVersion(
  path: string,
  timeoutMs: number,
): Promise<{ readonly text: string } | { readonly reason: string }> {
  return new Promise((resolve) => {
    const options = {
      timeout: timeoutMs,
      maxBuffer: maxVersionBytes,
      killSignal: 'SIGKILL',
    } as const
    execFile(path, ['--version'], options, (error, stdout) => {
      if (error === null) resolve({ text: stdout })
      else if (error.killed === true)
        resolve({ reason: `"${path} --version" gave no answer within ${timeoutMs} ms` })
      else resolve({ reason: `"${path} --version" failed: ${quote(error.message)}` })
    })
  })
}

/** WasmEdge says its own path first, which may have numbers in it. */
function findVersion(text: string): RegExpExecArray | null {
  const named = /\bversion v?((\d+)\.(\d+)(?:\.\d+)?)/.exec(text)
  return named ?? /(?:^|\s)v?((\d+)\.(\d+)(?:\.\d+)?)/.exec(text)
}

function isOlder(version: readonly [number, number], oldest: readonly [number, number]): boolean {
  return version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1])
}

function quote(text: string): string {
  return JSON.stringify(text.trim().split('\n')[0]?.slice(0, 200) ?? '')
}
