import { ContainerSecurityError } from '../errors.ts'

export function refuseTopic(topic: string): never {
  throw new ContainerSecurityError(
    `The module publishes "${topic}", which needs isolation.crossContainerComm.`,
    'FORBIDDEN',
    { topic },
  )
}
