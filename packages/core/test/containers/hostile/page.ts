import { hostileCases, type Modules } from './cases.ts'

/** For the test that drives this page: runs one case, and gives what went wrong. */
export async function runCase(title: string, files: Record<string, string>): Promise<string> {
  const modules: Modules = Object.fromEntries(
    Object.entries(files).map(([name, base64]) => [
      name,
      Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)),
    ]),
  )
  const found = hostileCases.find((one) => one.title === title)
  if (found === undefined) return 'there is no such case'
  return found.run(modules).then(
    () => '',
    (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
}

Object.assign(globalThis, { runCase })
