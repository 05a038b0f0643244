import { extismModule } from '../detect.ts'
import { guestFailed } from '../errors.ts'
import type { Interfaces } from '../imports.ts'
import { kernelPages, type PreparedModule } from '../prepare.ts'
import { createKernel, linkedImports, linkedKernel, placeholders, type Kernel } from './kernel.ts'
import { isLinked, pluginStart } from './linked.ts'

/** The kernel of one plugin: in a module beside it, or in the plugin itself, where it is found once that is instantiated. */
export class PluginKernel {
  /** What the plugin is instantiated with. */
  readonly interfaces: Pick<Interfaces, 'kernel' | 'linked'>
  #kernel: Kernel | undefined

  constructor({ module, plan }: PreparedModule) {
    if (isLinked(module)) {
      const connect = (exports: WebAssembly.Exports): void => {
        this.#kernel = linkedKernel(exports)
        const start = exports[pluginStart]
        if (typeof start === 'function') start()
      }
      this.interfaces = {
        kernel: { [extismModule]: placeholders() },
        linked: { imports: linkedImports, connect },
      }
    } else {
      this.#kernel = createKernel(kernelPages(plan.maxPages))
      this.interfaces = { kernel: { [extismModule]: this.#kernel.functions } }
    }
  }

  get kernel(): Kernel {
    return this.#kernel ?? guestFailed('The module called the host in its start function.')
  }
}
