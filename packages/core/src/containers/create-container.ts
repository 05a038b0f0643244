import type { ContainerInstance } from './instance.ts'
import { ContainerManager } from './manager.ts'
import type { ContainerManagerConfig } from './manager-config.ts'
import type { ContainerConfig } from './types.ts'
import type { ContainerSource } from './source.ts'

/**
 * One container without a manager of your own; `stop` it when it is no longer needed. Rejects as `ContainerManager.run` does.
 *
 * @see seed core-and-react, "createContainer"
 */
export async function createContainer(
  name: ContainerSource,
  config?: ContainerConfig,
  managerConfig?: ContainerManagerConfig,
): Promise<ContainerInstance> {
  return new ContainerManager(managerConfig).run(name, config)
}
