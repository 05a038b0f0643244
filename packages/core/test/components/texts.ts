/** Gives a number, so that each is another component. */
export function answering(n: number): string {
  return lifted(`(i32.const ${n})`, '', 'u32')
}

/** Its string is in an encoding that jco does not write. */
export const panicking: string = lifted('(i32.const 0)', '', 'string').replace(
  '(memory $mem)',
  '(memory $mem) string-encoding=latin1+utf16',
)

/** Types that hold each other twice, so many levels deep: what jco writes doubles with each. */
export function results(levels: number): string {
  const types = Array.from(
    { length: levels },
    (_, n) => `(type $t${n + 1} (result $t${n} (error $t${n})))`,
  )
  return lifted('(i32.const 0)', `(type $t0 string) ${types.join('')}`, `$t${levels}`)
}

/** A component with one function `f`, whose core has this body. */
export function lifted(body: string, types: string, result: string): string {
  return `(component ${types}
    (core module $m (memory (export "m") 1) (func (export "f") (result i32) ${body}))
    (core instance $i (instantiate $m))
    (alias core export $i "m" (core memory $mem))
    (func (export "f") (result ${result}) (canon lift (core func $i "f") (memory $mem))))`
}

/** Greets who it is told, and has a function that never ends. */
export const library: string = `(component
  (core module $m
    (memory (export "m") 1)
    (global $next (mut i32) (i32.const 1024))
    (data (i32.const 16) "hello ")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3))))
    (func (export "greet") (param $at i32) (param $length i32) (result i32) (local $to i32)
      (local.set $to (global.get $next))
      (memory.copy (local.get $to) (i32.const 16) (i32.const 6))
      (memory.copy (i32.add (local.get $to) (i32.const 6)) (local.get $at) (local.get $length))
      (global.set $next (i32.const 1024))
      (i32.store (i32.const 0) (local.get $to))
      (i32.store (i32.const 4) (i32.add (local.get $length) (i32.const 6)))
      (i32.const 0))
    (func (export "spin") (loop (br 0))))
  (core instance $i (instantiate $m))
  (alias core export $i "m" (core memory $mem))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "greet") (param "name" string) (result string)
    (canon lift (core func $i "greet") (memory $mem) (realloc $realloc)))
  (func (export "spin") (canon lift (core func $i "spin"))))`
