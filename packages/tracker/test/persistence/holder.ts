// Opens a store, says how that went, and holds it until it is killed.
import { openSegmentStore, openStateStore } from '../../src/store/index.ts'

const [kind, path = ''] = process.argv.slice(2)
const open = () =>
  kind === 'folder' ? openSegmentStore({ folder: path }) : openStateStore({ file: path })
process.send?.(
  await open().then(
    () => 'open',
    (error: { code: string }) => error.code,
  ),
)
setInterval(() => {}, 60_000)
