// An engine that is not what it claims to be: says what its first argument tells, in the frames of the driver or not.
const [, , manner = ''] = process.argv
const ready = head(8, { b: 1n })

function head(
  number: number,
  { pages = 1, b = 0n, c = 0n }: { pages?: number; b?: bigint; c?: bigint } = {},
): Buffer {
  const bytes = Buffer.alloc(24)
  bytes.writeUInt32LE(number, 0)
  bytes.writeUInt32LE(pages, 4)
  bytes.writeBigUInt64LE(b, 8)
  bytes.writeBigUInt64LE(c, 16)
  return bytes
}

const manners: Readonly<Record<string, () => unknown>> = {
  garbage: () => process.stdout.write(Buffer.alloc(100, 9)),
  'stalls behind a banner before': () =>
    process.stdout.write('Hello, I am an engine, and here is my banner.\n'),
  'text without end': () => process.stdout.write('Hello! '.repeat(3000)),
  'lines without end': () => process.stdout.write('Hello!\n'.repeat(3000)),
  'wrong version': () => process.stdout.write(head(8, { b: 9n })),
  'too much memory': () => process.stdout.write(head(8, { pages: 60_000, b: 1n })),
  'oversized reply': () => process.stdout.write(Buffer.concat([ready, head(2, { b: 1n << 40n })])),
  'more arguments than there are': () =>
    process.stdout.write(Buffer.concat([ready, head(5, { b: 0n, c: 1n << 60n })])),
  'import that is not there': () =>
    process.stdout.write(Buffer.concat([ready, head(5, { b: 999n })])),
  babble: () => process.stdout.write(Buffer.concat([ready, ready, ready, ready])),
  dies: () => {
    process.stdout.write(ready)
    process.stdin.once('data', () => process.exit(7))
  },
  'tells its trap on stdout': () => {
    process.stdout.write(ready)
    process.stdin.once('data', () => {
      process.stdout.write('[error] execution failed: unrea')
      setTimeout(() => process.stdout.write('chable, Code: 0x40a\n', () => process.exit(134)), 50)
    })
  },
  'stalls before': () => undefined,
  'stalls after': () => process.stdout.write(ready),
}

manners[manner]?.()
process.stdin.resume()
setInterval(() => undefined, 1000)
