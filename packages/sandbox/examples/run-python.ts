import { createSandboxServer } from '@gaesup-state/sandbox'
import { connectSandbox } from '@gaesup-state/sandbox/client'
import { createFakeEngine } from '@gaesup-state/sandbox/testing'

// The fake engine knows a few lines of Python and isolates nothing; put a real engine in its place.
const server = await createSandboxServer({ engines: [createFakeEngine()] })
const { url } = await server.listen({ port: 0 })

const sandbox = await connectSandbox(url)
const session = await sandbox.createSession({ language: 'python' })
const { stdout, exitCode } = await session.run('x = 10\nprint(x * 2)')
console.log(exitCode, stdout)

await session.close()
sandbox.close()
await server.close()
