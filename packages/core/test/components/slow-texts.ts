/** Gives a number, so that each is another component. */
export function answering(n: number): string {
  return lifted(`(i32.const ${n})`, '', 'u32')
}

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
