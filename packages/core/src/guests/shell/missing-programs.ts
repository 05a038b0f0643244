import type { Command } from 'just-bash'

const noPackages = 'packages cannot be installed: the network is off in this sandbox'
const noNetwork = 'the network is off in this sandbox'
const noCompiler = 'this sandbox runs Python, JavaScript and the shell'
const noSystem = 'there is no system to manage in this sandbox'

const groups: readonly (readonly [string, string])[] = [
  ['pip pip3 pipx uv conda poetry npm npx yarn pnpm apt apt-get apk yum dnf brew', noPackages],
  ['curl wget ssh scp sftp ftp ping nc ncat telnet dig nslookup', noNetwork],
  ['gcc g++ cc clang make cmake go rustc cargo java javac ruby perl php deno bun', noCompiler],
  ['sudo su systemctl service docker mount', noSystem],
  ['sqlite3', "SQLite is in Python's module sqlite3"],
  ['git', 'there is no version control in this sandbox'],
]

/** Programs that people reach for and that are not here, with the reason. */
const reasons: ReadonlyMap<string, string> = new Map(
  groups.flatMap(([names, reason]) => names.split(' ').map((name) => [name, reason] as const)),
)

/** True for a name that `.missing` has more to say about than that it is not found. */
export const isMissingProgram = (name: string): boolean => reasons.has(name)

/** The command behind such a name: its first argument is the name. */
export const missingName = '.missing'

/** Says that a program is not found, as bash does, and why. */
export const missingCommand: Command = {
  name: missingName,
  trusted: true,
  execute: async ([name = '']) => ({
    stdout: '',
    stderr: `bash: ${name}: command not found\n${name}: ${reasons.get(name) ?? 'it is not in this sandbox'}\n`,
    exitCode: 127,
  }),
}
