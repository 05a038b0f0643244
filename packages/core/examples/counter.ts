import { ContainerManager } from '@gaesup-state/core'

// A counter and a loop without end; any module does: its bytes, a file: or https: URL, or name:version.
const counter = Uint8Array.from(
  atob(
    'AGFzbQEAAAABCAJgAAF/YAAAAwMCAAEGBgF/AUEACwcUAglpbmNyZW1lbnQAAARzcGluAAEKFQILACMAQQFqJAAjAAsHAANADAALCw==',
  ),
  (char) => char.charCodeAt(0),
)
const manager = new ContainerManager()
const container = await manager.run(counter, { maxMemory: 2 ** 20, maxCpuTime: 50 })

console.log(await container.call('increment')) // 1
console.log(await container.call('spin').catch((error) => error.code)) // TIME_LIMIT
console.log(await container.call('increment')) // 2: it lives on with its state
await manager.cleanup()
