import { afterEach, describe, expect, test } from 'vitest'
import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { assemble } from './build.ts'

/** A component that gives resources away, with one method and a destructor of the given code. */
const giving = (method: string, code: string, destructor = ''): string => `(component
  (core module $ends (func (export "end") (param i32) ${destructor}))
  (core instance $e (instantiate $ends))
  (alias core export $e "end" (core func $end))
  (type $thing (resource (rep i32) (dtor (core func $end))))
  (core func $new (canon resource.new $thing))
  (core module $code
    (import "h" "new" (func $new (param i32) (result i32)))
    (func (export "make") (result i32) (call $new (i32.const 1)))
    (func (export "method") (param i32) ${code}))
  (core instance $c (instantiate $code (with "h" (instance (export "new" (func $new))))))
  (func $make (result (own $thing)) (canon lift (core func $c "make")))
  (func $method (param "self" (borrow $thing)) (canon lift (core func $c "method")))
  (component $shim
    (import "thing" (type $t (sub resource)))
    (import "make" (func $make (result (own $t))))
    (import "method" (func $method (param "self" (borrow $t))))
    (export $t2 "thing" (type $t))
    (export "make" (func $make) (func (result (own $t2))))
    (export "[method]thing.${method}" (func $method) (func (param "self" (borrow $t2)))))
  (instance $i (instantiate $shim
    (with "thing" (type $thing)) (with "make" (func $make)) (with "method" (func $method))))
  (export "a:b/c" (instance $i)))`

const forever = '(loop (br 0))'
const make = 'a:b/c.make'
const limited: ContainerConfig = { maxFuel: 1_000_000n }

interface Thing extends Disposable {
  readonly go: () => void
}

const start = async (text: string, config?: ContainerConfig): Promise<ContainerInstance> =>
  new ContainerManager().run(await assemble(text), config)

describe('a resource that the caller holds', () => {
  test('runs its methods inside the limits of a call of their own', async () => {
    const container = await start(giving('go', forever), limited)
    const thing = (await container.call(make)) as Thing
    expect(() => thing.go()).toThrow(expect.objectContaining({ code: 'CPU_LIMIT' }))
  })

  test('has all the fuel of a call each time', async () => {
    const count = `(local i32) (local.set 1 (i32.const 50000))
      (loop (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))`
    const container = await start(giving('go', count), limited)
    const thing = (await container.call(make)) as Thing
    for (let n = 0; n < 20; n += 1) expect(thing.go()).toBeUndefined()
  })

  test('ends its destructor at the limits', async () => {
    const container = await start(giving('go', '', forever), limited)
    const thing = (await container.call(make)) as Thing
    expect(() => {
      thing[Symbol.dispose]()
    }).toThrow(expect.objectContaining({ code: 'CPU_LIMIT' }))
  })

  test.each(['then', 'THEN'])('has no method "%s", which awaiting it would call', async (name) => {
    await expect(start(giving(name, forever))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('a resource that the caller forgot', () => {
  const registries: (typeof FinalizationRegistry)[] = []

  afterEach(() => {
    globalThis.FinalizationRegistry = registries.pop() ?? globalThis.FinalizationRegistry
  })

  test('is ended in the next call, where its errors have a caller', async () => {
    const collected = collectAtOnce()
    const container = await start(giving('go', '', 'unreachable'))
    await container.call(make)
    expect(collected).toHaveLength(1)
    for (const collect of collected.splice(0)) collect()
    await expect(container.call(make)).rejects.toMatchObject({ code: 'TRAPPED' })
  })

  test('makes room', async () => {
    const collected = collectAtOnce()
    const container = await start(giving('go', ''))
    for (let n = 0; n < 5000; n += 1) {
      await container.call(make)
      for (const collect of collected.splice(0)) collect()
    }
    expect(await container.call(make)).toBeTypeOf('object')
  })

  /** A registry whose values are collected when the test says so. */
  function collectAtOnce(): (() => void)[] {
    const collected: (() => void)[] = []
    registries.push(globalThis.FinalizationRegistry)
    globalThis.FinalizationRegistry = class<T> implements FinalizationRegistry<T> {
      readonly [Symbol.toStringTag] = 'FinalizationRegistry'
      readonly #end: (held: T) => void

      constructor(end: (held: T) => void) {
        this.#end = end
      }

      register(_target: WeakKey, held: T): void {
        collected.push(() => {
          this.#end(held)
        })
      }

      unregister(): boolean {
        return false
      }
    }
    return collected
  }
})
