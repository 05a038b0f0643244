// The entry of a locked process that runs one container: everything that can do harm is taken away before the module comes.
import { entryUrl } from '../process/entry-url.ts'
import { lockDown } from '../process/lockdown.ts'
import { PipeClosedError, SyncFrameReader, writeFully } from '../process/sync-pipe.ts'
import { startWatchdog } from '../process/watchdog-client.ts'
import { decodeAsk, encodeReport } from './process/wire.ts'
import { GuestServer } from './remote/guest-server.ts'

const fds = { input: 3, output: 4, watchdog: 5 } as const

const watchdog = startWatchdog({ script: entryUrl('process/watchdog'), fd: fds.watchdog })
lockDown()
const reader = new SyncFrameReader(fds.input)
const server = new GuestServer((report) => writeFully(fds.output, encodeReport(report)))
try {
  for (;;) {
    const { ask, limits } = decodeAsk(reader.read())
    watchdog.arm(limits)
    // oxlint-disable-next-line no-await-in-loop -- one ask after the other, as they come
    await server.receive(ask)
    watchdog.disarm()
  }
} catch (error) {
  if (!(error instanceof PipeClosedError)) throw error
}
process.exit(0)
