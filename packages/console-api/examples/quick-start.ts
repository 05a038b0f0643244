import { createConsoleApi, openFileObjects, openSqliteTables } from '@gaesup-state/console-api'
import { createConsoleClient, encodeCode } from '@gaesup-state/console-api/contract'
import { createFakeRunner } from '@gaesup-state/console-api/testing'

// The fake runner answers with what it was asked and runs no code; put a real FunctionRunner in its place.
const runner = createFakeRunner()
const tables = openSqliteTables({ path: 'data/console.db' })
const objects = await openFileObjects('data/objects')
const api = createConsoleApi({ tables, objects, runner })

// `api.fetch` mounts on any server that speaks Request and Response; the client can call it directly too.
const fetch = (url: string, init?: RequestInit) => api.fetch(new Request(url, init))
const client = createConsoleClient({ baseUrl: 'http://localhost:8000', fetch })

const { id } = await client.workspaces.create({ name: 'Production' })
const code = encodeCode('def handler(event):\n    return event')
const fn = await client.functions.create(id, { name: 'hello', code })
const log = await client.functions.execute(id, fn.id, { body: { test: true } })
console.log(log.status, log.requestBody)

await api.close()
await tables.close()
