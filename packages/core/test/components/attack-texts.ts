const clocks = `
  (import "wasi:io/poll@0.2.1" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))
    (export "poll" (func (param "in" (list (borrow $pollable))) (result (list u32))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.5" (instance $clock
    (alias outer 1 $pollable (type $outer))
    (export "pollable" (type $pollable (eq $outer)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))`

/** Pollables: kept without end, made and dropped, slept on, and asked for in one long list. */
export const pollables: string = `(component ${clocks}
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16)))
  (core instance $m (instantiate $memory))
  (alias core export $m "memory" (core memory $mem))
  (alias core export $m "realloc" (core func $realloc))
  (core func $subscribe (canon lower (func $clock "subscribe-duration")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $poll-all (canon lower (func $poll "poll") (memory $mem) (realloc $realloc)))
  (core func $drop (canon resource.drop $pollable))
  (core module $code
    (import "h" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "h" "block" (func $block (param i32)))
    (import "h" "poll" (func $poll (param i32 i32 i32)))
    (import "h" "drop" (func $drop (param i32)))
    (import "h" "memory" (memory 1))
    (func (export "hoard") (loop (drop (call $subscribe (i64.const 0))) (br 0)))
    (func (export "churn") (param i32) (loop
      (call $drop (call $subscribe (i64.const 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "rest") (param i64) (call $block (call $subscribe (local.get 0))))
    (func (export "ask") (param i32) (local i32 i32)
      (drop (memory.grow (i32.add (i32.div_u (local.get 0) (i32.const 16384)) (i32.const 1))))
      (local.set 2 (local.get 0))
      (local.set 1 (call $subscribe (i64.const 0)))
      (loop
        (i32.store (i32.shl (local.get 0) (i32.const 2)) (local.get 1))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (call $poll (i32.const 4) (local.get 2) (i32.const 0)))
    (func (export "dangle") (local i32)
      (local.set 0 (call $subscribe (i64.const 0)))
      (call $drop (local.get 0))
      (call $block (local.get 0))))
  (core instance $c (instantiate $code (with "h" (instance
    (export "subscribe" (func $subscribe)) (export "block" (func $block)) (export "drop" (func $drop))
    (export "poll" (func $poll-all)) (export "memory" (memory $mem))))))
  (func (export "hoard") (canon lift (core func $c "hoard")))
  (func (export "churn") (param "n" u32) (canon lift (core func $c "churn")))
  (func (export "rest") (param "ns" u64) (canon lift (core func $c "rest")))
  (func (export "dangle") (canon lift (core func $c "dangle")))
  (func (export "ask") (param "n" u32) (canon lift (core func $c "ask"))))`

/** Resources of the component itself: kept without end, or made and dropped. */
export const ownResources: string = `(component
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core func $drop (canon resource.drop $thing))
  (core module $code
    (import "h" "new" (func $new (param i32) (result i32)))
    (import "h" "drop" (func $drop (param i32)))
    (func (export "hoard") (loop (drop (call $new (i32.const 1))) (br 0)))
    (func (export "churn") (param i32) (loop
      (call $drop (call $new (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
  (core instance $c (instantiate $code (with "h" (instance
    (export "new" (func $new)) (export "drop" (func $drop))))))
  (func (export "hoard") (canon lift (core func $c "hoard")))
  (func (export "churn") (param "n" u32) (canon lift (core func $c "churn"))))`

/** Lists whose elements are the same half of a mebibyte again and again, and random bytes by the tebibyte. */
export const bombs: string = `(component
  (import "wasi:random/random@0.2.3" (instance $random
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
  (core module $memory
    (memory (export "memory") 20)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
    (func (export "list") (param i32) (result i32) (local i32)
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (local.get 0))
      (loop
        (local.set 1 (i32.add (i32.const 1024) (i32.shl (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 3))))
        (i32.store (local.get 1) (i32.const 524288))
        (i32.store offset=4 (local.get 1) (i32.const 524288))
        (br_if 0 (local.get 0)))
      (i32.const 0)))
  (core instance $m (instantiate $memory))
  (alias core export $m "memory" (core memory $mem))
  (alias core export $m "realloc" (core func $realloc))
  (core func $bytes (canon lower (func $random "get-random-bytes") (memory $mem) (realloc $realloc)))
  (core module $code
    (import "h" "bytes" (func $bytes (param i64 i32)))
    (func (export "dice") (param i64) (call $bytes (local.get 0) (i32.const 0))))
  (core instance $c (instantiate $code (with "h" (instance (export "bytes" (func $bytes))))))
  (func (export "dice") (param "n" u64) (canon lift (core func $c "dice")))
  (func (export "texts") (param "n" u32) (result (list string)) (canon lift (core func $m "list") (memory $mem)))
  (func (export "blobs") (param "n" u32) (result (list (list u8))) (canon lift (core func $m "list") (memory $mem))))`

const workers = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Eight instances of one module, each with a memory of its own, driven by a ninth without one. */
export const crowd: string = `(component
  (core module $worker
    (memory (export "memory") 1)
    (func (export "work") (param i32)
      (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "hog") (result i32)
      (loop (br_if 0 (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (memory.size)))
  ${workers.map((one) => `(core instance $${one} (instantiate $worker))`).join('\n')}
  (core module $driver
    ${workers.map((one) => `(import "${one}" "work" (func $work-${one} (param i32))) (import "${one}" "hog" (func $hog-${one} (result i32)))`).join('\n')}
    (func (export "all") (param i32) ${workers.map((one) => `(call $work-${one} (local.get 0))`).join(' ')})
    (func (export "one") (param i32) (call $work-a (local.get 0)))
    (func (export "turns") (loop (call $work-a (i32.const 1)) (call $work-b (i32.const 1)) (br 0)))
    (func $deep (export "deep") (call $deep))
    (func (export "hog") (result i32) (i32.const 0) ${workers.map((one) => `(i32.add (call $hog-${one}))`).join(' ')}))
  (core instance $z (instantiate $driver ${workers.map((one) => `(with "${one}" (instance $${one}))`).join(' ')}))
  (func (export "all") (param "n" u32) (canon lift (core func $z "all")))
  (func (export "one") (param "n" u32) (canon lift (core func $z "one")))
  (func (export "turns") (canon lift (core func $z "turns")))
  (func (export "deep") (canon lift (core func $z "deep")))
  (func (export "hog") (result u32) (canon lift (core func $z "hog"))))`
