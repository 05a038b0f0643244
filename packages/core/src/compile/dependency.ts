import { CompilationError } from '../errors.ts'

/** Version of each optional package that this one was built for. */
export const packageVersions: Readonly<Record<string, string>> = {
  assemblyscript: '0.28.20',
  'quickjs-wasi': '3.6.2',
}

/** Throws `CompilationError` (`RUNTIME_UNAVAILABLE`) with the command that installs the package. */
export function packageAbsent(packageName: string, reason: string): never {
  const install = `npm install ${packageName}@${packageVersions[packageName] ?? 'latest'}`
  throw new CompilationError(
    `The compiler "${packageName}" cannot be loaded (${reason}). Run: ${install}`,
    'RUNTIME_UNAVAILABLE',
    { packageName, install },
  )
}
