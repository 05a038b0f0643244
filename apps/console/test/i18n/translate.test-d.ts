import { expectTypeOf, test } from 'vitest'
import type { PlainKey, Translate } from '../../src/i18n/i18n-context.tsx'
import type { Messages } from '../../src/i18n/locale.ts'
import type { ParameterNames } from '../../src/i18n/message.ts'

declare const t: Translate

test('a dictionary without one of the keys does not compile', () => {
  expectTypeOf<Omit<Messages, 'action.run'>>().not.toExtend<Messages>()
})

test('parameters are read off the message', () => {
  expectTypeOf<ParameterNames<'{shown} newest of {total}'>>().toEqualTypeOf<'shown' | 'total'>()
  expectTypeOf<
    ParameterNames<'{count, plural, one {# call} other {# calls}}'>
  >().toEqualTypeOf<'count'>()
  expectTypeOf<ParameterNames<'Nothing to fill in'>>().toEqualTypeOf<never>()
})

test('a message with a parameter needs it, one without takes none', () => {
  expectTypeOf<'function.deleteTitle'>().not.toExtend<PlainKey>()
  // @ts-expect-error the name is missing
  t('function.deleteTitle')
  // @ts-expect-error there is no such key
  t('no.such.key')
  // @ts-expect-error the message takes nothing
  t('action.run', { name: 'x' })
})
