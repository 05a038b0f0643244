import type { LimitedInstance, LimitedModule } from '../../src/index.ts'

/**
 * Speaks to a dprint plugin: texts go through a buffer that both sides know.
 *
 * @see https://github.com/dprint/dprint/blob/main/docs/wasm-plugin-development.md
 */
export interface DprintPlugin {
  call(name: string, ...args: number[]): number
  send(text: string): void
  receive(length: number): string
}

export function openDprint(limited: LimitedModule): DprintPlugin {
  const { exports }: LimitedInstance = limited.instantiate()
  const call = (name: string, ...args: number[]): number =>
    (exports[name] as (...args: number[]) => number)(...args)
  const memory = (at: number, length: number): Uint8Array =>
    new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer, at, length)
  const plugin: DprintPlugin = {
    call,
    send(text) {
      const bytes = new TextEncoder().encode(text)
      const at = call('clear_shared_bytes', bytes.length)
      memory(at, bytes.length).set(bytes)
    },
    receive: (length) => new TextDecoder().decode(memory(call('get_shared_bytes_ptr'), length)),
  }
  plugin.send(JSON.stringify({ global: {}, plugin: {} }))
  call('register_config', 1)
  return plugin
}

/** What the plugin makes of a text. */
export function formatJson(plugin: DprintPlugin, text: string): string {
  plugin.send('file.json')
  plugin.call('set_file_path')
  plugin.send(text)
  const outcome = plugin.call('format', 1)
  if (outcome === 0) return text
  const length = plugin.call(outcome === 1 ? 'get_formatted_text' : 'get_error_text')
  const answer = plugin.receive(length)
  if (outcome !== 1) throw new Error(answer)
  return answer
}
