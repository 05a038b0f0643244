import { expect, it } from 'vitest'
import { functionSizes } from '../src/sizes.ts'

it.each([
  { gibibytes: 1, processors: 1, sizes: { maxInstances: 8, maxStarting: 2 } },
  { gibibytes: 8, processors: 2, sizes: { maxInstances: 16, maxStarting: 2 } },
  { gibibytes: 23, processors: 2, sizes: { maxInstances: 47, maxStarting: 2 } },
  { gibibytes: 256, processors: 64, sizes: { maxInstances: 64, maxStarting: 64 } },
])(
  'the function host fits a machine of $gibibytes GiB and $processors processors',
  ({ gibibytes, processors, sizes }) => {
    expect(functionSizes({ memoryBytes: gibibytes * 2 ** 30, processors })).toEqual(sizes)
  },
)
