// The script of a browser's worker that compiles one script: one job, one answer.
import * as library from 'quickjs-wasi'
import { blankTypes } from './blank-types.ts'
import { compileJavaScript } from './java-script.ts'
import { answerJob, type CompilerMessage, type WebCompileJob } from './worker-messages.ts'

const post = (message: CompilerMessage, transfer: readonly ArrayBuffer[] = []): void =>
  globalThis.postMessage(message, { transfer: [...transfer] })

post({ kind: 'ready' })
globalThis.addEventListener('message', ({ data }: MessageEvent<WebCompileJob>) => {
  const { job, wasm } = data
  answerJob(post, (watch) =>
    compileJavaScript(job, { engine: { library, wasm }, strip: blankTypes, watch }),
  ).catch((error: unknown) => globalThis.reportError(error))
})
