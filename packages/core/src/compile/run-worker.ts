import { Worker } from 'node:worker_threads'
import { entryUrl } from '../process/entry-url.ts'
import { askCompiler, type CompilerLimits } from './ask-compiler.ts'
import { aborted } from './failures.ts'
import type { CompileAnswer, CompileJob } from './worker-messages.ts'

/** What one compiler may take of this process. */
const resourceLimits = {
  maxOldGenerationSizeMb: 1024,
  maxYoungGenerationSizeMb: 128,
  stackSizeMb: 8,
}

/** Compiles in a thread of its own. Rejects as `askCompiler` does. */
export async function runWorker(job: CompileJob, limits: CompilerLimits): Promise<CompileAnswer> {
  if (limits.signal?.aborted === true) throw aborted(limits.signal)
  const worker = new Worker(entryUrl('compile/worker'), {
    workerData: job,
    resourceLimits,
    env: {},
    // Flags of this process, such as `--input-type`, are not meant for it.
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
  })
  return askCompiler(
    {
      onMessage: (listener) => worker.on('message', listener),
      onFailure(listener) {
        worker.once('error', listener)
        worker.once('exit', () => listener(new Error('it ended without an answer')))
      },
      end: () => worker.terminate(),
    },
    limits,
  )
}
