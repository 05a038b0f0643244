// The entry of the thread that `runWorker` starts: one job, one answer.
import { parentPort, workerData } from 'node:worker_threads'
import { compileAssemblyScript } from './assembly-script.ts'
import { compileJavaScript, type JavaScriptTools } from './java-script.ts'
import { loadNodeTools } from './node-tools.ts'
import type { TopLevelWatch } from './quickjs/interpreter.ts'
import { answerJob, type CompileAnswer, type CompileJob } from './worker-messages.ts'

async function perform(job: CompileJob, watch: TopLevelWatch): Promise<CompileAnswer> {
  if (job.engine !== 'quickjs') return compileAssemblyScript(job)
  let tools: Omit<JavaScriptTools, 'watch'>
  try {
    tools = await loadNodeTools()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { kind: 'absent', packageName: 'quickjs-wasi', reason }
  }
  return compileJavaScript(job, { ...tools, watch })
}

await answerJob(
  (message, transfer) => parentPort?.postMessage(message, transfer),
  (watch) => perform(workerData as CompileJob, watch),
)
