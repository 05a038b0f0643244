import { parentPort, workerData } from 'node:worker_threads'
import { compileAssemblyScript } from './assembly-script.ts'
import { compileJavaScript } from './java-script.ts'
import type { CompileAnswer, CompileJob } from './worker-messages.ts'

/** Entry of the thread that `runWorker` starts: one job, one answer. */
async function perform(job: CompileJob): Promise<CompileAnswer> {
  return job.engine === 'quickjs' ? compileJavaScript(job) : compileAssemblyScript(job)
}

const answer = await perform(workerData as CompileJob)
parentPort?.postMessage(answer, answer.kind === 'compiled' ? [answer.bytes.buffer] : [])
