import {
  createVirtualFiles,
  FilesError,
  type FileQuota,
  type VirtualFiles,
} from '../../src/files/index.ts'

export const roomy: FileQuota = { bytes: 1 << 20, inodes: 1000 }

/** A tree with a clock that ticks one millisecond a look. */
export function fresh(
  quota: Partial<FileQuota> = {},
  system?: ReadonlyMap<string, Uint8Array | (() => Uint8Array)>,
): VirtualFiles {
  return createVirtualFiles({
    quota: { ...roomy, ...quota },
    now: ticking(),
    ...(system && { system }),
  })
}

export function ticking(): () => number {
  let now = 1_700_000_000_000
  return () => now++
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (data: Uint8Array): string => new TextDecoder().decode(data)

/** The code a call is refused with, or `ok`. Anything but a `FilesError` is let through. */
export function outcome(act: () => unknown): string {
  try {
    act()
    return 'ok'
  } catch (error) {
    if (error instanceof FilesError) return error.code
    throw error
  }
}
