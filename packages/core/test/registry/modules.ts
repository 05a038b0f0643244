import { createHash } from 'node:crypto'
import type { ContainerData } from '../../src/registry/index.ts'

/** A valid module of about `size` bytes: an empty one and a custom section that no compression makes smaller. */
export function someModule(size = 64, seed = 1): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(size)
  let state = seed
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    body[at] = state >>> 16
  }
  const name = [4, 0x6a, 0x75, 0x6e, 0x6b]
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    0,
    ...leb(name.length + size),
    ...name,
    ...body,
  ])
}

export function aContainer(changes: Partial<ContainerData> = {}): ContainerData {
  return { name: 'team/math-utils', version: '1.0.0', bytes: someModule(), ...changes }
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function leb(value: number): number[] {
  const rest = Math.floor(value / 128)
  return rest === 0 ? [value] : [(value % 128) | 128, ...leb(rest)]
}
