// The entry of a locked process: everything that can do harm is taken away before the first byte of a program is read.
import { runChild } from './child-loop.ts'
import { entryUrl } from './entry-url.ts'
import { lockDown } from './lockdown.ts'
import { PipeClosedError } from './sync-pipe.ts'
import { startWatchdog } from './watchdog-client.ts'

const fds = { input: 3, output: 4, watchdog: 5 } as const

const watchdog = startWatchdog({ script: entryUrl('process/watchdog'), fd: fds.watchdog })
lockDown()
try {
  await runChild({ watchdog, inputFd: fds.input, outputFd: fds.output })
} catch (error) {
  if (!(error instanceof PipeClosedError)) throw error
}
process.exit(0)
