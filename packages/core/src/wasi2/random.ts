import { ContainerMemoryError } from '../errors.ts'
import { largestTransfer } from './streams.ts'
import { demand, type World } from './world.ts'

/** The insecure functions give the same bytes as the others. */
export function createRandom(world: World): Record<string, Readonly<Record<string, unknown>>> {
  const bytes = (length: bigint): Uint8Array => {
    demand(world, 'random_get')
    if (length > BigInt(largestTransfer)) tooMany(length)
    const into = new Uint8Array(Number(length))
    world.random(into)
    return into
  }
  const u64 = (): bigint => new DataView(bytes(8n).buffer).getBigUint64(0, true)
  return {
    'wasi:random/random': { getRandomBytes: bytes, getRandomU64: u64 },
    'wasi:random/insecure': { getInsecureRandomBytes: bytes, getInsecureRandomU64: u64 },
    'wasi:random/insecure-seed': { insecureSeed: (): [bigint, bigint] => [u64(), u64()] },
  }
}

function tooMany(length: bigint): never {
  throw new ContainerMemoryError(
    `The component asked for ${length} random bytes at once; ${largestTransfer} are allowed.`,
    'MEMORY_LIMIT',
    { limit: largestTransfer },
  )
}
