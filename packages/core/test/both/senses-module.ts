/**
 * A WASI reactor: `time` is `clock_time_get` of the first clock, `dice` eight bytes of `random_get`, each `(func (result i64))`, over a memory of one
 * page.
 */
export const sensesModule: Uint8Array = Uint8Array.from(
  atob(
    'AGFzbQEAAAABEgNgA39+fwF/YAJ/fwF/YAABfgJNAhZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxDmNsb2NrX3RpbWVfZ2V0AAAWd2FzaV9zbmFwc2hvdF9wcmV2aWV3MQpyYW5kb21fZ2V0AAEDAwICAgUDAQABBxgDBm1lbW9yeQIABHRpbWUAAgRkaWNlAAMKIQIQAEEAQgBBCBAAGkEIKQMACw4AQRBBCBABGkEQKQMACw==',
  ),
  (char) => char.charCodeAt(0),
)
