import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Slots } from '../../src/model/slots.ts'
import type { ContainerInfo } from '../../src/model/state.ts'
import { ListedContainers } from '../../src/tracking/listed-containers.ts'

const anId = fc.constantFrom('a', 'b', 'c', 'd', '')

it('groups containers by workspace, known or not, one or many, in the order of the listing', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anId),
      fc.array(anId, { maxLength: 12 }),
      anId,
      (known, homes, later) => {
        const slots = new Slots()
        for (const id of known) slots.open(id)
        const containers = homes.map((workspaceId, i): ContainerInfo => ({
          id: `c${i}`,
          name: `c${i}`,
          workspaceId,
          image: 'i',
          state: 'running',
          createdAt: i,
        }))
        const listed = new ListedContainers(containers, slots)
        // Workspaces that the listing brings become known while it is read.
        slots.open(later)
        for (const id of ['a', 'b', 'c', 'd', ''])
          expect(listed.of(id)).toEqual(containers.filter(({ workspaceId }) => workspaceId === id))
      },
    ),
    { numRuns: 500 },
  )
})
