import { TrackerError } from '../model/errors.ts'
import { ContainerState } from '../model/state.ts'
import type { ContainerInfo } from '../model/state.ts'
import { arrayAt, numberAt, objectAt, stringAt } from './fields.ts'
import type { WorkspaceNaming } from './naming.ts'

const states: ReadonlySet<string> = new Set(Object.values(ContainerState))

const isState = (text: string): text is ContainerState => states.has(text)

/** Parses the answer of `GET /containers/json?all=1`. @throws TrackerError `PROTOCOL` if it is not a list of containers. */
export const parseContainerList = (
  body: unknown,
  naming: WorkspaceNaming,
): readonly ContainerInfo[] => {
  if (!Array.isArray(body))
    throw new TrackerError('PROTOCOL', 'the engine did not answer with a list of containers')
  return body.map((item: unknown) => {
    const id = stringAt(item, 'Id')
    const state = stringAt(item, 'State')
    if (id === '' || !isState(state)) {
      throw new TrackerError(
        'PROTOCOL',
        `the engine listed a container with id "${id.slice(0, 64)}" and state "${state.slice(0, 32)}"`,
      )
    }
    const first = arrayAt(item, 'Names')[0]
    const name = typeof first === 'string' ? first.replace(/^\//, '') : id.slice(0, 12)
    const workspaceId = naming({ id, name, labels: objectAt(item, 'Labels') })
    return {
      id,
      name,
      workspaceId,
      image: stringAt(item, 'Image'),
      state,
      createdAt: (numberAt(item, 'Created') ?? 0) * 1000,
    }
  })
}
