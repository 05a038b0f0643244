import { expect, it } from 'vitest'
import { functionSizes } from '../src/sizes.ts'

it.each([
  [1, 1, 8, 4],
  [8, 2, 16, 4],
  [23, 2, 47, 4],
  [256, 64, 64, 128],
])(
  'a machine of %i GiB and %i processors keeps %i functions ready and starts %i at a time',
  (gibibytes, processors, maxInstances, maxStarting) => {
    const machine = { memoryBytes: gibibytes * 2 ** 30, processors }
    expect(functionSizes(machine)).toEqual({ maxInstances, maxStarting })
  },
)
