import { useEffect, useEffectEvent } from 'react'

export const isMac: boolean = /mac|iphone|ipad/i.test(navigator.userAgent)

/** Calls `action` on ⌘ (or Ctrl) and the key, anywhere on the page but in a dialog, in place of what the browser does. */
export function useShortcut(key: string, action: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (
      !(event.metaKey || event.ctrlKey) ||
      event.altKey ||
      document.querySelector('dialog[open]') !== null ||
      event.key.toLowerCase() !== key.toLowerCase()
    )
      return
    event.preventDefault()
    action()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event)
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [])
}
