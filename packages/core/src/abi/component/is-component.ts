/** The bytes of a component begin like those of a module, with another version. */
export function isComponent(bytes: Uint8Array): boolean {
  return [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0].every((byte, at) => bytes[at] === byte)
}
