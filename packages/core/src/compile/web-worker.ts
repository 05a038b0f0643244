// The script of a browser's worker that compiles one script: one job, one answer.
import * as library from 'quickjs-wasi'
import { blankTypes } from './blank-types.ts'
import { compileJavaScript } from './java-script.ts'
import type { WebCompileAnswer, WebCompileJob } from './worker-messages.ts'

globalThis.postMessage({ kind: 'ready' } satisfies WebCompileAnswer)
globalThis.addEventListener('message', ({ data }: MessageEvent<WebCompileJob>) => {
  const { job, wasm } = data
  void compileJavaScript(job, { engine: { library, wasm }, strip: blankTypes }).then(
    (answer) =>
      globalThis.postMessage(answer, {
        transfer: answer.kind === 'compiled' ? [answer.bytes.buffer] : [],
      }),
    (error: unknown) => globalThis.reportError(error),
  )
})
