/** What the thread gives back, or the text of what it threw. */
type Answer = { readonly made: unknown } | { readonly failed: string }

interface Thread {
  once(event: 'message', heard: (answer: Answer) => void): unknown
  once(event: 'error', heard: (error: Error) => void): unknown
  once(event: 'exit', heard: (code: number) => void): unknown
  terminate(): Promise<number>
}

interface HostProcess {
  getBuiltinModule?(name: 'node:worker_threads'): {
    Worker: new (code: string, options: object) => Thread
  }
  getBuiltinModule?(name: 'node:module'): {
    createRequire(from: string): { resolve(name: string): string }
  }
}

const { process } = globalThis as { readonly process?: HostProcess }

const code = `const { parentPort, workerData } = require('node:worker_threads')
const { pathToFileURL } = require('node:url')
import(pathToFileURL(workerData.path).href)
  .then(({ transpileBytes }) => transpileBytes(workerData.bytes, workerData.options))
  .then(({ files, exports }) => parentPort.postMessage({ made: { files, exports } }))
  .catch((error) => parentPort.postMessage({ failed: String(error) }))`

/**
 * `transpileBytes` in a thread of its own, whose panics are nobody else's: after one, `jco` takes no component apart in the thread where it was.
 */
export async function transpileFresh(
  packageName: string,
  bytes: Uint8Array,
  options: object,
): Promise<unknown> {
  const threads = process?.getBuiltinModule?.('node:worker_threads')
  const modules = process?.getBuiltinModule?.('node:module')
  if (threads === undefined || modules === undefined)
    throw new TypeError('This process has no threads.')
  const path = modules.createRequire(import.meta.url).resolve(packageName)
  const workerData = { path, bytes, options }
  // What a panic prints is for developers of jco.
  const worker = new threads.Worker(code, {
    eval: true,
    workerData,
    stdout: true,
    stderr: true,
  })
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', (answer) => {
        if ('made' in answer) resolve(answer.made)
        else reject(new TypeError(answer.failed))
      })
      worker.once('error', reject)
      worker.once('exit', (exitCode) => {
        reject(new TypeError(`The thread of jco ended with ${exitCode}.`))
      })
    })
  } finally {
    await worker.terminate()
  }
}
