import { expect, test } from 'vitest'
import { EventBus } from '../../src/events/event-bus.ts'

test('listeners hear in the order they came, until they are taken off', () => {
  const bus = new EventBus<{ tick: number }>()
  const heard: string[] = []
  const leave = bus.on('tick', (n) => heard.push(`a${n}`))
  const second = (n: number): void => void heard.push(`b${n}`)
  bus.on('tick', second)
  bus.emit('tick', 1)
  leave()
  bus.emit('tick', 2)
  bus.off('tick', second)
  bus.emit('tick', 3)
  expect(heard).toEqual(['a1', 'b1', 'b2'])
  expect(bus.listenerCount('tick')).toBe(0)
})

test('once is once, and can be taken off before', () => {
  const bus = new EventBus()
  let calls = 0
  const count = (): void => void (calls += 1)
  bus.once('x', count)
  bus.emit('x', 0)
  bus.emit('x', 0)
  bus.once('x', count)
  bus.off('x', count)
  bus.emit('x', 0)
  expect(calls).toBe(1)
})

test('a listener that throws is told to onError, and the others run', () => {
  const errors: unknown[] = []
  const bus = new EventBus({ onError: (error, event) => errors.push([event, error]) })
  const error = new Error('mine')
  let calls = 0
  bus.on('x', () => {
    throw error
  })
  bus.on('x', () => (calls += 1))
  bus.emit('x', 1)
  expect(calls).toBe(1)
  expect(errors).toEqual([['x', error]])
})

test('a listener added while an event is given out waits for the next, one taken off does not run', () => {
  const bus = new EventBus()
  const heard: string[] = []
  const gone = (): void => void heard.push('gone')
  const late = (): void => void heard.push('late')
  bus.on('x', () => {
    heard.push('first')
    bus.on('x', late)
    bus.off('x', gone)
  })
  bus.on('x', gone)
  bus.emit('x', 0)
  expect(heard).toEqual(['first'])
})

test('removeAllListeners takes those of one event, or all', () => {
  const bus = new EventBus()
  let calls = 0
  for (const name of ['a', 'b', '__proto__']) bus.on(name, () => (calls += 1))
  bus.removeAllListeners('a')
  bus.emit('a', 0)
  bus.emit('__proto__', 0)
  expect(calls).toBe(1)
  bus.removeAllListeners()
  bus.emit('b', 0)
  expect(calls).toBe(1)
})
