import { execFile } from 'node:child_process'

/** Runs npm as a user would: without the settings that an outer npm or pnpm passes to its children. */
export const npm = (args, options) => exec('npm', args, options)

/** Runs a program; rejects with everything it printed when it fails. */
export function exec(file, args, { cwd, timeoutMs = 120_000 }) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm|pnpm|node_options)/i.test(name)),
  )
  return new Promise((resolve, reject) => {
    execFile(
      file,
      args,
      { cwd, env, timeout: timeoutMs, maxBuffer: 32 << 20 },
      (error, stdout, stderr) => {
        if (error)
          reject(
            new Error(
              `${file} ${args.join(' ')} failed (${error.signal ?? error.code}):\n${stdout}${stderr}`,
            ),
          )
        else resolve({ stdout, stderr })
      },
    )
  })
}
