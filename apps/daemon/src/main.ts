#!/usr/bin/env node
import { openDaemon } from './compose.ts'
import { help, parseCommand, type Config } from './config.ts'
import { openDataFolder } from './data-folder.ts'
import { DaemonError } from './errors.ts'
import { createProblems } from './problems.ts'
import { stopOnSignals } from './shutdown.ts'
import { startupReport } from './startup-report.ts'
import { version } from './version.ts'

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2), process.env, process.cwd())
  if (command.name === 'help') return print(help)
  if (command.name === 'version') return print(version)
  await serve(command.config)
}

async function serve(config: Config): Promise<void> {
  // What is kept holds code and secrets: it is for this user only.
  process.umask(0o077)
  const folder = openDataFolder(config.dataDir)
  const problems = createProblems({
    print: (line) => void process.stderr.write(`${line}\n`),
    now: () => performance.now(),
  })
  const daemon = await openDaemon(config, { folder, problems })
  stopOnSignals(async () => {
    await daemon.close()
    folder.release()
  })
  print(startupReport(daemon.status()))
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

main().catch((error: unknown) => {
  const text =
    error instanceof DaemonError
      ? `${error.message} (${error.code})`
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error)
  process.stderr.write(`gaesup: ${text}\n`)
  process.exit(1)
})
