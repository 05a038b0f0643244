import { parentPort, workerData } from 'node:worker_threads'
import { compileAssemblyScript } from './assembly-script.ts'
import { compileJavaScript, type JavaScriptTools } from './java-script.ts'
import { loadNodeTools } from './node-tools.ts'
import type { CompileAnswer, CompileJob } from './worker-messages.ts'

/** Entry of the thread that `runWorker` starts: one job, one answer. */
async function perform(job: CompileJob): Promise<CompileAnswer> {
  if (job.engine !== 'quickjs') return compileAssemblyScript(job)
  let tools: JavaScriptTools
  try {
    tools = await loadNodeTools()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: 'absent', packageName: 'quickjs-wasi', reason }
  }
  return compileJavaScript(job, tools)
}

const answer = await perform(workerData as CompileJob)
parentPort?.postMessage(answer, answer.kind === 'compiled' ? [answer.bytes.buffer] : [])
