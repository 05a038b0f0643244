import { expectTypeOf, test } from 'vitest'
import type { ContainerInstance } from '../../src/index.ts'

declare const container: ContainerInstance

test('a bound function has the type that it is given', () => {
  type Add = (a: number, b: number) => number
  const add = container.bindSync<Add>('add')
  expectTypeOf(add).toEqualTypeOf<Add>()
  // @ts-expect-error -- it takes numbers
  add('1', 2)
  // @ts-expect-error -- and two of them
  add(1)
})

test('a bound function without one takes and gives anything unknown', () => {
  expectTypeOf(container.bindSync('add')).toEqualTypeOf<(...args: unknown[]) => unknown>()
})

test('what is no function type is refused', () => {
  // @ts-expect-error -- it is a number
  container.bindSync<number>('add')
  // @ts-expect-error -- a name is text
  container.bindSync(1)
})
